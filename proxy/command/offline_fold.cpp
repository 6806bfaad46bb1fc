#include "proxy/command/offline_fold.hpp"

#include "protocol/binlog_file.hpp"

#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace proxy {
namespace {

using protocol::event_type;
using protocol::event_view;

// A whole file as bytes, for as long as this lives.
class mapped_file
{
public:
    explicit mapped_file(const std::filesystem::path& path) : path_(path)
    {
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            throw std::system_error(errno, std::generic_category(), "cannot open " + path.string());
        struct stat about = {};
        ::fstat(fd, &about);
        size_ = static_cast<std::size_t>(about.st_size);
        if (size_ > 0)
            at_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
        const int error = errno;
        ::close(fd);
        if (at_ == MAP_FAILED)
            throw std::system_error(error, std::generic_category(), "cannot read " + path.string());
        if (at_)
            ::madvise(at_, size_, MADV_SEQUENTIAL);
    }
    ~mapped_file()
    {
        if (at_)
            ::munmap(at_, size_);
    }
    mapped_file(const mapped_file&) = delete;
    mapped_file& operator=(const mapped_file&) = delete;

    protocol::byte_view bytes() const { return {static_cast<const std::uint8_t*>(at_), size_}; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    void* at_ = nullptr;
    std::size_t size_ = 0;
};

using file_set = std::vector<std::unique_ptr<mapped_file>>;

struct logged_event
{
    rewrite::coordinate at;
    event_view event;
    protocol::checksum sum = protocol::checksum::none;
    std::size_t file = 0;
};

// A place in the files; copied to read ahead.
class log_cursor
{
public:
    explicit log_cursor(const file_set& files) : files_(&files), events_(files.front()->bytes()) {}

    // The next event, over file borders; nothing at the end.
    std::optional<logged_event> next()
    {
        for (;;) {
            const std::size_t at =
                events_.position() == 0 ? protocol::binlog_magic.size() : events_.position();
            const auto event = events_.next();
            if (!event)
                throw std::runtime_error(fmt::format(
                    "{}:{}: the event {}; the file is damaged or no binlog",
                    (*files_)[file_]->path().string(),
                    events_.position(),
                    make_error_code(event.error()).message()
                ));
            if (const std::optional<event_view>& found = *event) {
                if (!has_right_checksum(*found))
                    throw std::runtime_error(fmt::format(
                        "{}:{}: wrong checksum; the file is damaged",
                        (*files_)[file_]->path().string(),
                        at
                    ));
                return logged_event{
                    .at = {1, (*files_)[file_]->path().filename().string(), at},
                    .event = *found,
                    .sum = events_.sum(),
                    .file = file_,
                };
            }
            if (file_ + 1 == files_->size())
                return std::nullopt;
            events_ = protocol::binlog_file((*files_)[++file_]->bytes());
        }
    }

private:
    bool has_right_checksum(const event_view& event) const
    {
        if (events_.sum() == protocol::checksum::none)
            return true;
        // Of a file being written it is made without the in-use flag.
        if (event.header.type == event_type::format_description &&
            (event.header.flags & protocol::event_in_use))
            return true;
        return protocol::checksum_is_right(event.whole);
    }

    const file_set* files_;
    std::size_t file_ = 0;
    protocol::binlog_file events_;
};

struct must_pass
{
    rewrite::coordinate verdict_at;
    std::string why;
};

class folding
{
public:
    folding(const offline_options& options, offline_sink& sink) : options_(options), sink_(sink)
    {
        for (const auto& path : options.files)
            files_.push_back(std::make_unique<mapped_file>(path));
        if (files_.empty())
            throw std::runtime_error("no binlog files were named");
        for (const auto& file : files_)
            result_.bytes_in += file->bytes().size();
        if (!options.schema.empty()) {
            std::ifstream in(options.schema, std::ios::binary);
            if (!in)
                throw std::runtime_error("cannot read the schema file " + options.schema.string());
            schema_ = read_schema_dump({std::istreambuf_iterator<char>(in), {}}, options.names);
        }
        if (!options.ledger.empty())
            ledger_.emplace(options.ledger, true);
    }

    offline_result run()
    {
        while (!once())
            sink_.restart();
        for (auto& [id, summary] : migrations_)
            result_.migrations.push_back(std::move(summary));
        return std::move(result_);
    }

private:
    // False: a migration must be passed, all is to be done again.
    bool once()
    {
        result_.remarks.clear();
        result_.decisions.clear();
        migrations_.clear();
        rewrite::rewriter rewriter(
            {.rules = options_.rules, .names = options_.names, .facts_from_log = true}
        );
        log_cursor cursor(files_);
        std::optional<std::size_t> open_file;
        std::uint64_t done = 0;
        for (;;) {
            const log_cursor here = cursor;
            const auto logged = cursor.next();
            if (!logged)
                break;
            if (logged->event.header.type == event_type::rotate) {
                const auto rotate = protocol::parse_rotate(logged->event.body);
                if (!rotate)
                    throw std::runtime_error(to_text(logged->at) + ": the ROTATE event is damaged");
                check_order(*logged, *rotate);
                sink_.on_input(logged->event);
                sink_.finish_file(&logged->event, std::string(rotate->file));
                open_file.reset();
                continue;
            }
            if (logged->event.header.type == event_type::format_description) {
                if (open_file && *open_file != logged->file)
                    sink_.finish_file(nullptr, logged->at.file);
                open_file = logged->file;
                sink_.begin_file(logged->at, logged->sum);
                rewriter.begin_file(logged->at, protocol::binlog_magic.size());
            }
            sink_.on_input(logged->event);
            if (!one_event(rewriter, *logged, here))
                return false;
            done += logged->event.whole.size();
            sink_.progress(done, result_.bytes_in);
        }
        if (open_file)
            sink_.finish_file(nullptr, {});
        // What was hidden since a migration last changed is in no summary yet.
        for (const auto& summary : rewriter.migrations())
            migrations_.insert_or_assign(summary.id, summary);
        return true;
    }

    // The next file must be the one that ROTATE names, as far as names can tell: a file may have
    // been renamed to something without a number.
    void check_order(const logged_event& logged, const protocol::rotate_view& rotate) const
    {
        if (logged.file + 1 == files_.size())
            return;
        const std::string next = files_[logged.file + 1]->path().filename().string();
        if (next != rotate.file && rewrite::file_number(next) != 0 &&
            rewrite::file_number(logged.at.file) != 0)
            throw std::runtime_error(fmt::format(
                "{} is followed by {}, but {} was given: name all files, oldest first",
                logged.at.file,
                rotate.file,
                next
            ));
    }

    bool one_event(rewrite::rewriter& rewriter, const logged_event& logged, const log_cursor& here)
    {
        event_view event = logged.event;
        protocol::byte_buffer cleared;
        if (event.header.type == event_type::format_description &&
            (event.header.flags & protocol::event_in_use)) {
            cleared.assign(event.whole.begin(), event.whole.end());
            cleared[protocol::event_flags_offset] &=
                static_cast<std::uint8_t>(~protocol::event_in_use);
            if (const auto parsed = protocol::parse_event(cleared, logged.sum))
                event = *parsed;
        }
        rewrite::outputs out;
        for (;;) {
            out.clear();
            const auto asked = rewriter.on_event(logged.at, event, logged.sum, out);
            if (!asked)
                throw std::runtime_error(fmt::format(
                    "{}: the event {}", to_text(logged.at), make_error_code(asked.error()).message()
                ));
            const std::optional<rewrite::question>& open = *asked;
            if (!open)
                break;
            const auto answer = answer_to(*open, rewriter, here);
            if (!answer)
                return false;
            result_.decisions.push_back(*answer);
            rewriter.decide(*answer);
        }
        sink_.take(out);
        for (const auto& changed : out.changed)
            migrations_.insert_or_assign(changed.id, changed);
        result_.remarks.insert(result_.remarks.end(), out.remarks.begin(), out.remarks.end());
        return true;
    }

    // Nothing: the run that asked is to be passed from its beginning.
    std::optional<rewrite::decision>
    answer_to(const rewrite::question& asked, const rewrite::rewriter& rewriter, log_cursor ahead)
    {
        if (ledger_)
            if (auto recorded = ledger_->find(asked.at, asked.kind))
                return recorded;
        if (asked.kind == rewrite::question_kind::stop)
            return pass_from_its_verdict(asked);

        rewrite::verdict_wait wait(rewriter.wait_for(asked));
        for (std::uint64_t read = 0; read <= options_.verdict_wait_bytes && !wait.decided();) {
            if (const auto table = wait.needs()) {
                rewrite::facts known = facts_of(*table, asked, rewriter);
                known.fence = asked.at;
                wait.on_facts(std::move(known));
                continue;
            }
            const auto logged = ahead.next();
            if (!logged)
                break;
            wait.on_event(logged->at, logged->event);
            wait.on_read_up_to(logged->at);
            read += logged->event.whole.size();
        }
        const auto decided = wait.decided();
        rewrite::decision made = decided ? *decided : wait.expire();
        for (const must_pass& passed : must_pass_)
            if (passed.verdict_at == asked.at)
                made.ruling = {.what = rewrite::outcome::pass, .reason = passed.why};
        return made;
    }

    std::optional<rewrite::decision> pass_from_its_verdict(const rewrite::question& asked)
    {
        const auto whose = migrations_.find(asked.migration);
        const std::string what = to_text(asked.at) + ": " + asked.text;
        if (whose == migrations_.end() || whose->second.ruling.what == rewrite::outcome::pass)
            throw std::runtime_error(what + "; no migration can be passed to avoid it");
        must_pass_.push_back({whose->second.judged, "it would stop later: " + asked.text});
        result_.would_have_stopped.push_back(what);
        return std::nullopt;
    }

    rewrite::facts facts_of(
        const rewrite::table_name& table,
        const rewrite::question& asked,
        const rewrite::rewriter& rewriter
    )
    {
        if (options_.schema.empty())
            return rewriter.facts_from_log(table, asked.ghost);
        if (const auto found = schema_.find(table); found != schema_.end())
            return found->second;
        rewrite::facts none{.table = table};
        none.missing = options_.schema.string() + " does not hold the table";
        return none;
    }

    const offline_options& options_;
    offline_sink& sink_;
    file_set files_;
    std::optional<ledger> ledger_;
    std::map<rewrite::table_name, rewrite::facts> schema_;
    std::vector<must_pass> must_pass_;
    std::map<std::uint64_t, rewrite::migration_summary> migrations_;
    offline_result result_;
};

// Statements of a dump: they end at ';', or at the DELIMITER around triggers, at the end of a line.
class dump_statements
{
public:
    explicit dump_statements(const std::string& text) : text_(text) {}

    std::optional<std::string> next()
    {
        std::string statement;
        while (at_ < text_.size()) {
            const std::size_t end = std::min(text_.find('\n', at_), text_.size());
            const std::string line = text_.substr(at_, end - at_);
            at_ = end + 1;
            if (statement.empty() && line.starts_with("DELIMITER ")) {
                delimiter_ = line.substr(10);
                continue;
            }
            if (statement.empty() && (line.starts_with("--") || line.empty()))
                continue;
            statement += line;
            if (line.ends_with(delimiter_)) {
                statement.resize(statement.size() - delimiter_.size());
                return statement;
            }
            statement += '\n';
        }
        return std::nullopt;
    }

private:
    const std::string& text_;
    std::size_t at_ = 0;
    std::string delimiter_ = ";";
};

}  // namespace

offline_result fold_offline(const offline_options& options, offline_sink& sink)
{
    return folding(options, sink).run();
}

std::map<rewrite::table_name, rewrite::facts>
read_schema_dump(const std::string& text, rewrite::name_case names)
{
    std::map<rewrite::table_name, rewrite::facts> tables;
    const rewrite::lexical_rules rules;
    std::string database;
    dump_statements statements(text);
    while (const auto statement = statements.next()) {
        if (statement->starts_with("USE ")) {
            database = rewrite::name_of(
                rewrite::tokenizer(std::string_view(*statement).substr(4), rules).next()
            );
            continue;
        }
        const auto read = rewrite::read_statement(*statement, database, rules, names);
        if (const auto* target = read.first(rewrite::table_role::target);
            target && read.kind == rewrite::statement_kind::create_table) {
            tables[target->name].create_table = *statement;
            for (const auto& reference : read.tables)
                if (reference.role == rewrite::table_role::references)
                    tables[reference.name].children.push_back(target->name);
        }
        if (const auto* on = read.first(rewrite::table_role::on);
            on && read.kind == rewrite::statement_kind::create_trigger)
            tables[on->name].triggers.push_back({
                .name = read.trigger.name.table,
                .time = read.trigger.time,
                .event = read.trigger.event,
                .body = statement->substr(read.trigger.body_offset),
            });
    }
    std::erase_if(tables, [](const auto& entry) { return entry.second.create_table.empty(); });
    for (auto& [name, known] : tables)
        known.table = name;
    return tables;
}

}  // namespace proxy
