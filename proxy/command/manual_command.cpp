#include "proxy/command/command_list.hpp"
#include "proxy/command/commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sstream>

// The page unghost(1), in mdoc(7), made from the help of the commands.
namespace proxy {

namespace {

constexpr std::string_view front = R"(.Dd November 30, 2026
.Dt UNGHOST 1
.Os
.Sh NAME
.Nm unghost
.Nd MySQL replication proxy that folds online schema changes
.Sh SYNOPSIS
.Nm
.Ar command
.Op Ar options
.Sh DESCRIPTION
.Nm
logs in to a MySQL primary as a replica, pulls the binary log, folds the online schema changes of
gh-ost and pt-online-schema-change that it finds there, and serves a clean, ordinary binary log to
replicas, CDC tools and anything else that speaks the replication protocol.
.Pp
A migration is folded only if it is proven that the ALTER gives the same table as the tool's copy.
Anything else is passed as the primary wrote it. What can be neither folded nor passed stops
publishing, and
.Nm
says which command continues.
.Sh COMMANDS
)";

constexpr std::string_view back = R"(.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev UNGHOST_SECTION_KEY
A setting of
.Xr unghost.toml 5 ,
over the file and under the flags:
.Ev UNGHOST_SOURCE_ADDRESS
is
.Cm address
of
.Cm [source] .
Lists are separated by commas.
.It Ev NO_COLOR
No colours, also on a terminal.
.It Ev NOTIFY_SOCKET , WATCHDOG_USEC , JOURNAL_STREAM
Set by
.Xr systemd 1 .
.El
.Sh FILES
.Bl -tag -width Ds
.It Pa /etc/unghost/NAME.toml
The configuration of
.Cm unghost@NAME.service .
.It Pa /var/lib/unghost/NAME
Its data folder: the clean log and all state.
.El
.Sh EXIT STATUS
.Bl -tag -width Ds
.It 0
All is good.
.It 1
A finding: publishing is stopped, a check fails, a file is damaged, files differ.
.It 2
The command line or the configuration is wrong.
.It 3
The source or the running
.Nm
cannot be reached.
.El
.Sh SIGNALS
.Bl -tag -width Ds
.It Dv SIGHUP
The configuration, certificates and keys are read again.
.It Dv SIGTERM , SIGINT
All state is saved, and the program ends within ten seconds.
.El
.Sh SEE ALSO
.Xr unghost.toml 5 ,
.Xr mysqlbinlog 1
)";

// A line that begins with a dot or an apostrophe would be a request; a backslash an escape.
std::string plain(const std::string& text)
{
    std::string result;
    for (const char one : text)
        result += one == '\\'  ? std::string("\\e")
                  : one == '-' ? std::string("\\-")
                               : std::string(1, one);
    if (result.starts_with('.') || result.starts_with('\''))
        result.insert(0, "\\&");
    return result;
}

std::string literal(const std::string& text)
{
    std::string result = ".Bd -literal -offset indent\n";
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        result += plain(line) + "\n";
    return result + ".Ed\n";
}

std::string section_of(const command_entry& command)
{
    std::string text = fmt::format(".Ss {}", command.name);
    for (const std::string& one : command.arguments)
        text += " " + plain(one);
    text += fmt::format("\n{}.\n", plain(command.about));
    if (!command.flags.empty()) {
        text += ".Bl -tag -width Ds\n";
        for (const flag_entry& flag : command.flags)
            text += fmt::format(
                ".It Fl {}{}\n{}\n",
                plain(flag.name.substr(1)),
                flag.value.empty() ? "" : " Ar " + plain(flag.value),
                plain(flag.about)
            );
        text += ".El\n";
    }
    return command.notes.empty() ? text : text + literal(command.notes);
}

}  // namespace

void add_manual(CLI::App& app, int& exit_code)
{
    CLI::App* command = app.add_subcommand("manual", "Print the page unghost(1)")->group("");
    command->callback([&app, &exit_code] {
        fmt::print("{}", front);
        for (const command_entry& one : list_commands(app))
            fmt::print("{}", section_of(one));
        fmt::print("{}", back);
        exit_code = exit_good;
    });
}

}  // namespace proxy
