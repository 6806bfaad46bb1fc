#include "rewrite/sql/statement_reader.hpp"

#include <array>
#include <charconv>

namespace rewrite {

void statement_reader::read_xa()
{
    if (take("START") || take("BEGIN"))
        out_.kind = statement_kind::xa_start;
    else if (take("END"))
        out_.kind = statement_kind::xa_end;
    else if (take("PREPARE"))
        out_.kind = statement_kind::xa_prepare;
    else if (take("COMMIT"))
        out_.kind = statement_kind::xa_commit;
    else if (take("ROLLBACK"))
        out_.kind = statement_kind::xa_rollback;
    else
        return;
    out_.xid = read_xid();
}

// 'a' | 'a','b' | X'61',X'62',1 | 0x61,0x62,0x1
std::string statement_reader::read_xid()
{
    const auto digits_of = [](std::string_view text) {
        const bool quoted = text.ends_with('\'');
        return text.substr(2, text.size() - (quoted ? 3 : 2));
    };
    const auto bytes_of = [&](const token& t) {
        if (t.kind == token_kind::string)
            return string_of(t, rules_);
        std::string bytes;
        if (t.text.size() < 2)
            return bytes;
        std::string digits(digits_of(t.text));
        if (digits.size() % 2 != 0)
            digits.insert(0, 1, '0');
        for (std::size_t i = 0; i < digits.size(); i += 2) {
            std::uint8_t byte = 0;
            std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
            bytes += static_cast<char>(byte);
        }
        return bytes;
    };

    std::array<std::string, 3> part{"", "", "1"};
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (at_.kind != token_kind::string && at_.kind != token_kind::number) {
            fail();
            break;
        }
        if (i < 2) {
            part[i] = bytes_of(at_);
        } else {
            const bool hex = at_.text.starts_with("0x");
            const std::string_view digits = at_.text.substr(hex ? 2 : 0);
            std::uint64_t format = 0;
            std::from_chars(digits.data(), digits.data() + digits.size(), format, hex ? 16 : 10);
            part[i] = std::to_string(format);
        }
        step();
        if (!take_symbol(','))
            break;
    }
    return part[0] + '\0' + part[1] + '\0' + part[2];
}

}  // namespace rewrite
