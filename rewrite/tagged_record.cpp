#include "rewrite/tagged_record.hpp"

namespace rewrite {

bool tagged_reader::next()
{
    if (!value_.ok() || value_.remaining() != 0)
        from_.fail();
    tag_ = from_.u8();
    if (!from_.ok() || tag_ == 0)
        return false;
    value_ = protocol::reader(from_.bytes(from_.lenenc()));
    return from_.ok();
}

void tagged_reader::skip_unknown()
{
    if (tag_ >= first_needed_tag)
        from_.fail();
    value_.rest();
}

std::string text_of(protocol::reader& from)
{
    return std::string(protocol::as_text(from.rest()));
}

}  // namespace rewrite
