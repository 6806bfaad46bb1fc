#pragma once

#include "proxy/config.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/toml.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace proxy {

[[noreturn]] inline void fail_at(
    const std::string& file,
    const toml::source_region& at,
    const std::string& key,
    std::string_view what
)
{
    throw std::runtime_error(fmt::format("{}:{}: {}: {}", file, at.begin.line, key, what));
}

// What a variable says, in place of the file. Text that is no value of the kind stays text, for
// the key's reader to refuse.
struct value_of_text
{
    toml::table& into;
    const std::string& key;
    const std::string& text;
};

inline void put_text(const value_of_text& of)
{
    of.into.insert_or_assign(of.key, of.text);
}

inline void put_flag(const value_of_text& of)
{
    if (of.text == "true" || of.text == "false")
        of.into.insert_or_assign(of.key, of.text == "true");
    else
        put_text(of);
}

inline void put_number(const value_of_text& of)
{
    std::int64_t number = 0;
    const char* const last = of.text.data() + of.text.size();
    const auto [end, error] = std::from_chars(of.text.data(), last, number);
    if (error == std::errc() && end == last)
        of.into.insert_or_assign(of.key, number);
    else
        put_text(of);
}

// Separated by commas; no text: an empty list.
inline void put_list(const value_of_text& of)
{
    toml::array list;
    for (std::size_t at = 0; at < of.text.size();) {
        const std::size_t comma = std::min(of.text.find(',', at), of.text.size());
        list.push_back(of.text.substr(at, comma - at));
        at = comma + 1;
    }
    of.into.insert_or_assign(of.key, std::move(list));
}

// A list where there is a comma.
inline void put_text_or_list(const value_of_text& of)
{
    if (of.text.find(',') == std::string::npos)
        put_text(of);
    else
        put_list(of);
}

// One table of the file, read key by key. What was not asked for at the end is unknown.
class section
{
public:
    section(
        const std::string& file,
        const toml::table& table,
        std::string name,
        const environment* given = nullptr
    )
        : file_(file)
        , table_(table)
        , name_(std::move(name))
        , given_(given)
    {}

    const toml::node* find(const std::string& key)
    {
        known_.push_back(key);
        return table_.get(key);
    }
    // The same, or what a variable of the environment says in its place.
    const toml::node* find(const std::string& key, void (*put)(const value_of_text&))
    {
        const toml::node* const node = find(key);
        const std::string* const text = variable(key);
        if (!text)
            return node;
        put({made_, key, *text});
        return made_.get(key);
    }

    // Calls `take` with the text of the key, if it is there; what it throws becomes an error here.
    template <class Take>
    void text(const std::string& key, Take take)
    {
        if (const toml::node* node = find(key, put_text)) {
            const auto* value = node->as_string();
            if (!value)
                wrong(*node, key, "should be text in quotes");
            guard(*node, key, [&] { take(value->get()); });
        }
    }
    void text(const std::string& key, std::string& into)
    {
        text(key, [&](const std::string& value) {
            if (value.empty())
                throw std::runtime_error("is empty");
            into = value;
        });
    }
    void path(const std::string& key, std::filesystem::path& into)
    {
        text(key, [&](const std::string& value) { into = value; });
    }
    void where(const std::string& key, address& into, std::uint16_t default_port = 0)
    {
        text(key, [&](const std::string& value) { into = parse_address(value, default_port); });
    }
    // One, or a list of them.
    void addresses(
        const std::string& key, address& first, std::vector<address>& others, std::uint16_t port
    )
    {
        const toml::node* node = find(key, put_text_or_list);
        if (!node)
            return;
        const auto* list = node->as_array();
        if (!list) {
            others.clear();
            return where(key, first, port);
        }
        std::vector<address> all;
        for (const toml::node& one : *list) {
            const auto* value = one.as_string();
            if (!value)
                wrong(one, key, "should be an address or a list of them: \"db1:3306\"");
            guard(one, key, [&] { all.push_back(parse_address(value->get(), port)); });
            if (std::ranges::count(all, all.back()) > 1)
                wrong(one, key, "names the same address twice");
        }
        if (all.empty())
            wrong(*node, key, "should name an address: [\"db1:3306\"]");
        first = all.front();
        others.assign(all.begin() + 1, all.end());
    }
    void tls_version(const std::string& key, proxy::tls_version& into)
    {
        text(key, [&](const std::string& value) { into = parse_tls_version(value); });
    }
    template <class Duration>
    void duration(const std::string& key, Duration& into)
    {
        text(key, [&](const std::string& value) {
            const std::chrono::milliseconds exact = parse_duration(value);
            if constexpr (std::is_same_v<Duration, std::chrono::seconds>)
                into = whole_seconds(exact);
            else
                into = exact;
        });
    }
    void flag(const std::string& key, bool& into)
    {
        if (const toml::node* node = find(key, put_flag)) {
            const auto* value = node->as_boolean();
            if (!value)
                wrong(*node, key, "should be true or false, without quotes");
            into = value->get();
        }
    }
    // True for `yes`, false for `no`.
    template <class Flag>  // bool, or one that may be empty
    void choice(const std::string& key, const std::string& yes, const std::string& no, Flag& into)
    {
        text(key, [&](const std::string& value) {
            if (value != yes && value != no)
                throw std::runtime_error(
                    fmt::format("\"{}\" should be \"{}\" or \"{}\"", value, no, yes)
                );
            into = value == yes;
        });
    }
    // One of an enum's names.
    template <class Names, class Enum>
    void word(const std::string& key, const Names& names, Enum& into)
    {
        text(key, [&](const std::string& value) {
            const std::optional<Enum> found = names.find(value);
            if (!found)
                throw std::runtime_error(
                    fmt::format("\"{}\" should be one of {}", value, fmt::join(names.names, ", "))
                );
            into = *found;
        });
    }
    template <class Number>
    void number(const std::string& key, Number& into, std::int64_t least = 0)
    {
        if (const toml::node* node = find(key, put_number)) {
            const auto* value = node->as_integer();
            constexpr auto most = static_cast<std::int64_t>(std::min<std::uint64_t>(
                std::numeric_limits<Number>::max(), std::numeric_limits<std::int64_t>::max()
            ));
            if (!value || value->get() < least || value->get() > most)
                wrong(*node, key, fmt::format("should be a number from {} to {}", least, most));
            into = static_cast<Number>(value->get());
        }
    }
    void size(const std::string& key, std::uint64_t& into)
    {
        const toml::node* node = table_.get(key);
        if (node && node->is_integer() && !variable(key))
            number(key, into);
        else
            text(key, [&](const std::string& value) { into = parse_size(value); });
    }
    void tables(const std::string& key, std::vector<rewrite::table_name>& into)
    {
        if (const toml::node* node = find(key, put_list)) {
            const auto* list = node->as_array();
            if (!list)
                wrong(*node, key, "should be a list of tables: [\"db.table\"]");
            into.clear();
            for (const toml::node& one : *list) {
                const auto* value = one.as_string();
                if (!value)
                    wrong(one, key, "should be a list of tables: [\"db.table\"]");
                guard(one, key, [&] { into.push_back(parse_table(value->get())); });
            }
        }
    }

    void names(const std::string& key, std::vector<std::string>& into)
    {
        const toml::node* node = find(key, put_list);
        if (!node)
            return;
        const std::string should = "should be a list of names: [\"shop\", \"crm\"]";
        const auto* list = node->as_array();
        if (!list)
            wrong(*node, key, should);
        into.clear();
        for (const toml::node& one : *list) {
            const auto* value = one.as_string();
            if (!value || value->get().empty())
                wrong(one, key, should);
            into.push_back(value->get());
        }
    }

    // Any number of an enum's names.
    template <class Names, class Enum>
    void words(const std::string& key, const Names& known, std::vector<Enum>& into)
    {
        std::vector<std::string> list;
        names(key, list);
        if (list.empty())
            return;
        into.clear();
        for (const std::string& one : list) {
            const std::optional<Enum> found = known.find(one);
            if (!found)
                wrong(
                    *(made_.get(key) ? made_.get(key) : table_.get(key)),
                    key,
                    fmt::format("\"{}\" should be one of {}", one, fmt::join(known.names, ", "))
                );
            into.push_back(*found);
        }
    }

    // The section of that name, or nothing.
    const toml::table* inner(const std::string& key)
    {
        const toml::node* node = find(key);
        if (!node)
            return nullptr;
        if (!node->is_table())
            wrong(*node, key, fmt::format("should be a section: [{}]", key));
        return node->as_table();
    }

    void end() const
    {
        for (const auto& [key, node] : table_) {
            const std::string name(key.str());
            if (std::ranges::find(known_, name) != known_.end())
                continue;
            const std::string meant = nearest(name, known_);
            wrong(
                node,
                name,
                meant.empty() ? fmt::format("unknown; known here are {}", list_of_known())
                              : fmt::format("unknown; is {} meant?", meant)
            );
        }
        refuse_unknown_variables();
    }

    [[noreturn]] void
    wrong(const toml::node& node, const std::string& key, std::string_view what) const
    {
        if (made_.get(key) == &node)
            throw std::runtime_error(
                fmt::format("environment variable {}: {}", variable_of(key), what)
            );
        fail_at(file_, node.source(), name_.empty() ? key : name_ + "." + key, what);
    }

private:
    template <class Take>
    void guard(const toml::node& node, const std::string& key, Take take) const
    {
        std::string problem;
        try {
            return take();
        } catch (const std::runtime_error& error) {
            problem = error.what();
        }
        wrong(node, key, problem);
    }
    std::string list_of_known() const
    {
        std::string list;
        for (const std::string& one : known_)
            list += list.empty() ? one : ", " + one;
        return list;
    }

    static std::string upper(std::string text)
    {
        for (char& one : text)
            one = one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one;
        return text;
    }
    std::string variable_of(const std::string& key) const
    {
        return "UNGHOST_" + upper(name_ + "_" + key);
    }
    // Null if the environment has none for this key.
    const std::string* variable(const std::string& key) const
    {
        if (!given_)
            return nullptr;
        const auto found = given_->find(variable_of(key));
        return found == given_->end() ? nullptr : &found->second;
    }
    void refuse_unknown_variables() const
    {
        if (!given_)
            return;
        std::vector<std::string> variables;
        for (const std::string& key : known_)
            variables.push_back(variable_of(key));
        const std::string prefix = variable_of("");
        for (auto at = given_->lower_bound(prefix);
             at != given_->end() && at->first.starts_with(prefix);
             ++at) {
            if (std::ranges::find(variables, at->first) != variables.end())
                continue;
            const std::string meant = nearest(at->first, variables);
            throw std::runtime_error(fmt::format(
                "environment variable {}: [{}] has no such key{}",
                at->first,
                name_,
                meant.empty() ? std::string() : "; is " + meant + " meant?"
            ));
        }
    }

    const std::string& file_;
    const toml::table& table_;
    std::string name_;
    const environment* given_;
    toml::table made_;  // of variables
    std::vector<std::string> known_;
};

}  // namespace proxy
