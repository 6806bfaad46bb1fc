#pragma once

#include <stdexcept>

namespace proxy {

// Thrown when re-derived bytes differ from what was published, or files of the folder are damaged:
// nothing that goes away by itself.
class store_error : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

}  // namespace proxy
