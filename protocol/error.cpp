#include "protocol/error.hpp"

#include <string>

namespace protocol {
namespace {

class category final : public std::error_category
{
public:
    const char* name() const noexcept override { return "mysql protocol"; }
    std::string message(int code) const override
    {
        switch (static_cast<errc>(code)) {
            case errc::truncated: return "ends too early";
            case errc::bad_value: return "holds a value that is not allowed";
            case errc::unsupported: return "is of a kind that is not supported";
            case errc::bad_checksum: return "has a wrong checksum";
            case errc::too_large: return "is larger than allowed";
            case errc::out_of_order: return "is out of order";
            case errc::lost:
                return "came, but the part of it that was put on the disk cannot be read again: "
                       "look at the disk of the data folder";
        }
        return "unknown error";
    }
};

}  // namespace

const std::error_category& protocol_category() noexcept
{
    static const category instance;
    return instance;
}

std::error_code make_error_code(errc code) noexcept
{
    return {static_cast<int>(code), protocol_category()};
}

}  // namespace protocol
