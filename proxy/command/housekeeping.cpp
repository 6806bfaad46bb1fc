#include "proxy/command/housekeeping.hpp"

#include "proxy/source/facts_file.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace proxy {
namespace {

constexpr std::chrono::milliseconds facts_interval{1000};

// A consumer whose files had to go is told so by the end of its connection.
void remove_old_files(const household& of)
{
    std::vector<log_place> readers;
    for (const session_info& one : of.sessions.list())
        if (one.dumping)
            readers.push_back(
                {.session = one.id,
                 .name = fmt::format("{} at {}", one.user, one.peer),
                 .offset = one.place}
            );
    for (const log_place& reader : of.log.remove_old_files(readers).overtaken)
        of.sessions.kill(reader.session, kill_scope::connection);
}

// Writes what is known of the source whenever it has changed, until it could be written.
class facts_chore
{
public:
    explicit facts_chore(const household& of)
        : board_(of.board)
        , folder_(of.folder)
        , saved_(of.board.current())
    {}

    void operator()()
    {
        const std::shared_ptr<const source_facts> facts = board_.current();
        if (facts == saved_)
            return;
        if (const auto problem = save_facts(folder_, *facts))
            throw std::runtime_error("what is known of the source is not kept: " + *problem);
        saved_ = facts;
    }

private:
    const facts_board& board_;
    std::filesystem::path folder_;
    std::shared_ptr<const source_facts> saved_;
};

}  // namespace

void start_housekeeping(task_group& tasks, household of, std::chrono::milliseconds interval)
{
    const auto keep = [&](std::string name, auto often, const std::function<void()>& chore) {
        tasks.start(
            std::move(name),
            [often, chore] { return every(often, chore); },
            on_failure::restart_after(interval)
        );
    };
    const auto facts = std::make_shared<facts_chore>(of);
    // Soon after the first connect: without it clients are not greeted while the source is away.
    keep("source.json", std::min(interval, facts_interval), [facts] { (*facts)(); });
    keep("retention", interval, [of] { remove_old_files(of); });
}

}  // namespace proxy
