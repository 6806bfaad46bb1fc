#include "proxy/command/admin_client.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/output.hpp"

#include <CLI/CLI.hpp>

namespace proxy {

namespace {

struct follow_flags
{
    admin_flags data;
    std::string address;
    bool pass = false;
};

int follow(const follow_flags& flags)
{
    const std::filesystem::path folder = flags.data.folder();
    if (folder.empty())
        throw command_error(exit_usage, "which unghost? Give --data DIR or --config FILE");
    if (const auto refused = ask_follow(folder, flags.address, flags.pass))
        throw command_error(exit_finding, *refused);
    print_text("followed\n");
    return exit_good;
}

}  // namespace

void add_follow(CLI::App& app, int& exit_code)
{
    auto flags = std::make_shared<follow_flags>();
    CLI::App* command =
        app.add_subcommand("follow", "Follow another server: the source after a failover");
    command->footer(R"(Examples:
  unghost follow db2.example:3306 --data /var/lib/unghost

The address must be one of source.address. It is looked at first: whether it has all that consumers
may have, and still has what they lack. If not, this says which transactions, nothing is done, and the
exit code is 1. Consumers stay connected. It is taken at the socket control.sock in the data folder,
which unghost's own user and root may open.)");
    command->add_option("HOST:PORT", flags->address, "Where the source is now")->required();
    command->add_flag(
        "--pass",
        flags->pass,
        "Also if it lacks transactions that consumers may have: they keep them, and differ from it"
    );
    flags->data.add_folder_to(*command);
    command->callback([flags, &exit_code] { exit_code = follow(*flags); });
}

}  // namespace proxy
