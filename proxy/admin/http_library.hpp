#pragma once

// As the library's own build has them (cpp-httplib.pc): its classes differ by these, and a program
// that leaves one out has other ideas of their size.
#define CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_ZLIB_SUPPORT
#define CPPHTTPLIB_BROTLI_SUPPORT

#include <httplib.h>
