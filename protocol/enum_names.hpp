#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

// The names of an enum's enumerators, in their order. A table that has one too few or too many does
// not compile:
//
//   constexpr protocol::enum_names<outcome, 2> outcome_names{{"pass", "fold"}};
//   outcome_names[outcome::fold]  // "fold"
namespace protocol {

template <auto Value>
consteval bool is_enumerator()
{
    // Compilers print what is no enumerator as a cast: "(rewrite::outcome)2".
    const std::string_view signature = __PRETTY_FUNCTION__;
    return signature[signature.find("Value = ") + 8] != '(';
}

// `First` is the number of the first enumerator; the others follow without a gap.
template <typename Enum, std::size_t Count, std::size_t First = 0>
struct enum_names
{
    using number = std::underlying_type_t<Enum>;
    static_assert(is_enumerator<Enum{number{First}}>(), "no enumerator has the first number");
    static_assert(is_enumerator<Enum{number{First + Count - 1}}>(), "more names than enumerators");
    static_assert(!is_enumerator<Enum{number{First + Count}}>(), "an enumerator has no name");

    std::array<std::string_view, Count> names;

    // A number that came from a disk or a peer may be none of them: "unknown".
    constexpr std::string_view operator[](Enum value) const
    {
        const auto at = static_cast<std::size_t>(value) - First;
        return at < Count ? names[at] : std::string_view("unknown");
    }

    // Nothing: no enumerator has this name.
    constexpr std::optional<Enum> find(std::string_view name) const
    {
        for (std::size_t at = 0; at < Count; ++at)
            if (names[at] == name)
                return static_cast<Enum>(at + First);
        return std::nullopt;
    }
};

}  // namespace protocol
