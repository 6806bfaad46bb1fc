#include "proxy/admin/http_request.hpp"

#include <cstdlib>

// Whatever a client sends, in whatever pieces: a request within the limits, a refusal, or a wish
// for more; and the same for all pieces at once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::size_t piece = data[0] % 16 + 1U;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const proxy::http_limits limits{.head_bytes = 256, .body_bytes = 64};

    proxy::http_reader whole(limits);
    const auto at_once = whole.feed(text);
    proxy::http_reader pieces(limits);
    auto last = proxy::http_reader::progress::more;
    for (std::size_t at = 0; at < text.size() && last == proxy::http_reader::progress::more;
         at += piece)
        last = pieces.feed(std::string_view(text).substr(at, piece));
    if (last != at_once || whole.request().body != pieces.request().body ||
        whole.request().parameters != pieces.request().parameters ||
        whole.request().body.size() > limits.body_bytes)
        std::abort();
    return 0;
}
