#include "proxy/command/command_list.hpp"
#include "proxy/command/commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

// Scripts for shells and the manual page, made from the commands themselves: nothing of them can be
// forgotten there.
namespace proxy {

namespace {

// With a backslash before each of these characters.
std::string escaped(const std::string& text, std::string_view which)
{
    std::string result;
    for (const char one : text) {
        if (which.find(one) != which.npos)
            result += '\\';
        result += one;
    }
    return result;
}

// For bash and zsh.
std::string quoted(const std::string& text)
{
    std::string result = "'";
    for (const char one : text)
        result += one == '\'' ? std::string("'\\''") : std::string(1, one);
    return result + "'";
}

std::string fish_quoted(const std::string& text)
{
    return "'" + escaped(text, "'\\") + "'";
}

std::vector<std::string> flags_of(const command_entry& command)
{
    std::vector<std::string> names;
    for (const flag_entry& flag : command.flags)
        names.push_back(flag.name);
    return names;
}

std::string bash_script(const std::vector<command_entry>& commands)
{
    std::vector<std::string> first_words;
    std::string cases;
    for (const command_entry& command : commands) {
        const std::size_t space = command.name.find(' ');
        if (space == std::string::npos)
            first_words.push_back(command.name);
        cases += fmt::format(
            "        {}) words=\"{}{}\" ;;\n",
            quoted(command.name),
            command.inner.empty() ? std::string()
                                  : fmt::format("{} ", fmt::join(command.inner, " ")),
            fmt::join(flags_of(command), " ")
        );
    }
    return fmt::format(
        R"(# bash completion of unghost; made by `unghost completion bash`
_unghost() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words command=${{COMP_WORDS[1]}}
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        COMPREPLY=($(compgen -W "{}" -- "$word"))
        return
    fi
    case $before in
        --data | --output | -o) COMPREPLY=($(compgen -d -- "$word")); return ;;
        --config | --*-file | --tls-ca | --schema | --ledger) COMPREPLY=($(compgen -f -- "$word")); return ;;
    esac
    [ "$command" = config ] && [ "$COMP_CWORD" -gt 2 ] && command="config ${{COMP_WORDS[2]}}"
    case $command in
{}        *) return ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    case $command in explain | fold) COMPREPLY+=($(compgen -f -- "$word")) ;; esac
}}
complete -o filenames -F _unghost unghost
)",
        fmt::join(first_words, " "),
        cases
    );
}

std::string zsh_arguments(const command_entry& command)
{
    std::string lines;
    const auto add = [&](const std::string& one) {
        lines += " \\\n                " + quoted(one);
    };
    for (const flag_entry& flag : command.flags) {
        const std::string about = "[" + escaped(flag.about, ":[]") + "]";
        const std::string action = flag.value == "FILE"  ? "_files"
                                   : flag.value == "DIR" ? "_files -/"
                                                         : " ";
        add(flag.value.empty()
                ? flag.name + about
                : fmt::format("{}={}:{}:{}", flag.name, about, escaped(flag.value, ":"), action));
    }
    if (!command.inner.empty())
        add(fmt::format("1:what:({})", fmt::join(command.inner, " ")));
    if (command.name == "explain" || command.name == "fold")
        add("*:file:_files");
    return lines;
}

std::string zsh_script(const std::vector<command_entry>& commands)
{
    std::string names;
    std::string cases;
    for (const command_entry& command : commands) {
        if (command.name.find(' ') != std::string::npos)
            continue;
        names +=
            fmt::format("        {}\n", quoted(command.name + ":" + escaped(command.about, ":")));
        cases += fmt::format(
            "                {}) _arguments{} ;;\n", command.name, zsh_arguments(command)
        );
    }
    return fmt::format(
        R"(#compdef unghost
# made by `unghost completion zsh`
_unghost() {{
    local state
    local -a commands
    commands=(
{}    )
    _arguments -C '1:command:->command' '*::argument:->argument'
    case $state in
        command) _describe command commands ;;
        argument)
            case $words[1] in
{}            esac ;;
    esac
}}
_unghost "$@"
)",
        names,
        cases
    );
}

std::string fish_script(const std::vector<command_entry>& commands)
{
    std::string text = "# fish completion of unghost; made by `unghost completion fish`\n"
                       "complete -c unghost -f\n";
    for (const command_entry& command : commands) {
        const std::size_t space = command.name.find(' ');
        if (space == std::string::npos)
            text += fmt::format(
                "complete -c unghost -n __fish_use_subcommand -a {} -d {}\n",
                command.name,
                fish_quoted(command.about)
            );
        const std::string seen =
            fish_quoted("__fish_seen_subcommand_from " + command.name.substr(space + 1));
        for (const std::string& one : command.inner)
            text += fmt::format("complete -c unghost -n {} -a {}\n", seen, one);
        for (const flag_entry& flag : command.flags) {
            const bool file = flag.value == "FILE" || flag.value == "DIR";
            text += fmt::format(
                "complete -c unghost -n {} -l {}{} -d {}\n",
                seen,
                flag.name.substr(2),
                flag.value.empty() ? ""
                : file             ? " -r -F"
                                   : " -x",
                fish_quoted(flag.about)
            );
        }
    }
    return text;
}

}  // namespace

void add_completion(CLI::App& app, int& exit_code)
{
    auto shell = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand("completion", "Print the completion script of a shell");
    command->footer(R"(Examples:
  unghost completion bash > /usr/share/bash-completion/completions/unghost
  unghost completion zsh > /usr/share/zsh/vendor-completions/_unghost
  unghost completion fish > /usr/share/fish/vendor_completions.d/unghost.fish

The packages have put them there already.)");
    command->add_option("SHELL", *shell, "bash, zsh or fish")->required();
    command->callback([&app, shell, &exit_code] {
        const std::vector<command_entry> commands = list_commands(app);
        if (*shell == "bash")
            fmt::print("{}", bash_script(commands));
        else if (*shell == "zsh")
            fmt::print("{}", zsh_script(commands));
        else if (*shell == "fish")
            fmt::print("{}", fish_script(commands));
        else
            throw command_error(
                exit_usage, fmt::format("there is no script for '{}': bash, zsh or fish", *shell)
            );
        exit_code = exit_good;
    });
}

}  // namespace proxy
