#include "protocol/event_writer.hpp"
#include "protocol/query_event.hpp"
#include "rewrite/rewriter.hpp"

#include <cstdlib>

namespace {

using namespace protocol;
using namespace rewrite;

void check(bool holds)
{
    if (!holds)
        std::abort();
}

// The clean log as far as its rules go: what it holds, and what of it is published.
struct clean_log
{
    std::uint64_t end = 4;
    std::uint64_t published = 4;
    std::uint64_t committed = 4;

    void take(const outputs& out)
    {
        for (const output& one : out.list) {
            if (const auto* appended = std::get_if<append>(&one)) {
                check(appended->event.size() >= event_header_size);
                end += appended->event.size();
            } else if (const auto* patched = std::get_if<patch>(&one)) {
                check(patched->event_at >= published);
                check(patched->event_at + patched->offset + patched->bytes.size() <= end);
            } else if (const auto* taken = std::get_if<cut>(&one)) {
                check(taken->to >= published && taken->to <= end);
                end = taken->to;
            } else if (const auto* border = std::get_if<commit>(&one)) {
                check(border->clean_begin == committed);
                committed = published = end;
            } else {
                published = end;
            }
        }
    }
};

class session
{
public:
    session() : rewriter_(chosen()) { rewriter_.begin_file({1, "b.000001", 4}, 4); }

    void feed(byte_view whole, std::uint8_t choice)
    {
        const auto event = parse_event(whole, checksum::none);
        if (!event)
            return;
        const coordinate at{1, "b.000001", position_};
        position_ += whole.size();
        outputs out;
        for (int asked = 0; asked < 8; ++asked) {
            out.clear();
            const auto result = rewriter_.on_event(at, *event, checksum::none, out);
            if (!result) {
                over_ = true;
                return;
            }
            if (!*result) {
                log_.take(out);
                if (!rewriter_.in_transaction())
                    restart();
                return;
            }
            check(out.list.empty());
            rewriter_.decide(answer(**result, choice));
        }
        std::abort();  // it asks for ever
    }
    void statement(std::string_view text)
    {
        byte_buffer event;
        append_query(
            event, {.type = event_type::query}, {.database = "d", .text = text}, checksum::none
        );
        feed(event, 0);
    }
    bool over() const { return over_; }

private:
    static settings chosen()
    {
        settings all;
        all.rules.may_differ = {{"percona", "checksums"}};
        return all;
    }
    static decision answer(const question& asked, std::uint8_t choice)
    {
        decision made{.at = asked.at, .original = {"d", "t"}, .ghost = asked.ghost};
        switch (asked.kind) {
            case question_kind::verdict:
                made.ruling.what = choice & 1 ? outcome::pass : outcome::fold;
                break;
            case question_kind::second_half:
                made.kind = decision_kind::second_half;
                made.found = choice & 1;
                break;
            case question_kind::stop:
                made.kind = decision_kind::go_on;
                made.word = static_cast<operator_word>(1 + choice % 3);
                made.sql = "DO 1";
                break;
        }
        return made;
    }
    void restart()
    {
        const byte_buffer saved = rewriter_.save();
        auto restored = rewriter::restore(chosen(), saved);
        check(restored.has_value());
        check(restored->save() == saved);
        rewriter_ = std::move(*restored);
    }

    rewriter rewriter_;
    clean_log log_;
    std::uint64_t position_ = 4;
    bool over_ = false;
};

}  // namespace

// Events one behind the other, each led by a byte that chooses answers, fed to a rewriter that
// hides d._t_gho and d._t_ghc. A header's size is made to fit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > 1 << 16)
        return 0;
    (void)rewriter::restore({}, {data, size});
    session fed;
    fed.statement("create /* gh-ost */ table d._t_ghc (id int)");
    fed.statement("create /* gh-ost */ table d._t_gho like d.t");
    fed.statement("alter /* gh-ost */ table d._t_gho add c int");

    byte_view rest(data, size);
    while (rest.size() > event_header_size && !fed.over()) {
        const std::uint8_t choice = rest[0];
        rest = rest.subspan(1);
        if (rest.size() < event_header_size)
            break;
        const std::size_t wanted = load_event_header(rest).size;
        byte_buffer event(
            rest.begin(),
            rest.begin() +
                static_cast<std::ptrdiff_t>(
                    wanted >= event_header_size && wanted <= rest.size() ? wanted : rest.size()
                )
        );
        store(event.data() + event_size_offset, static_cast<std::uint32_t>(event.size()));
        rest = rest.subspan(event.size());
        fed.feed(event, choice);
    }
    return 0;
}
