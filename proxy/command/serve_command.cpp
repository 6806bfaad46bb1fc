#include "proxy/command/commands.hpp"
#include "proxy/command/config_flags.hpp"
#include "proxy/command/serve.hpp"

#include <CLI/CLI.hpp>

namespace proxy {

void add_serve(CLI::App& app, int& exit_code)
{
    auto flags = std::make_shared<config_flags>();
    CLI::App* command = app.add_subcommand("serve", "Follow a source and serve its clean log");
    command->footer(R"(Examples:
  unghost serve --source db1:3306 --user unghost --password-file source.pw \
      --listen 0.0.0.0:3307 --data /var/lib/unghost --account replica:replica.pw
  unghost serve --config /etc/unghost/main.toml

A replica then follows it like any server:
  CHANGE REPLICATION SOURCE TO SOURCE_HOST='this host', SOURCE_PORT=3307,
      SOURCE_USER='replica', SOURCE_PASSWORD='...', SOURCE_SSL=1, SOURCE_AUTO_POSITION=1;

Run `unghost check` first: it says whether the source can be followed and what is missing.
SIGHUP, or `unghost reload`, reads the configuration again, with renewed TLS certificates and keys;
SIGTERM ends it, consumers come again. Settings may also come from the environment:
UNGHOST_SOURCE_ADDRESS is address of [source], and so on (docs/install.md).)");
    flags->add_serve_to(*command);
    command->callback([flags, &exit_code] {
        exit_code = run_serve([flags] {
            config chosen = flags->read();
            require_serve(chosen);
            return chosen;
        });
    });
}

}  // namespace proxy
