#include "proxy/admin/page.hpp"

#include "proxy/text.hpp"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

namespace proxy {
namespace {

using nlohmann::json;

// Of consumers and of migrations: a page stays readable, and small.
constexpr std::size_t most_rows = 100;
constexpr std::size_t longest_text = 300;

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--ink:#1b2430;--soft:#55606e;--page:#f5f6f8;--card:#fff;
--line:#dce0e6;--good:#126b3a;--bad:#a81f1f;--badcard:#fdeeee}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#a3adba;--page:#12161c;
--card:#1b2129;--line:#323b47;--good:#6fd79b;--bad:#ff9c95;--badcard:#3a1b1d}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:70rem;margin:auto;padding:1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.1rem;margin:0 0 .5rem}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;
padding:1rem;margin:1rem 0}
.stop{background:var(--badcard);border-color:var(--bad)}
.good{color:var(--good)}.bad{color:var(--bad)}.soft{color:var(--soft)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.75rem;margin:0}
dt{color:var(--soft);font-size:.875rem}dd{margin:0;font-weight:600}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;overflow-wrap:normal}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-top:1px solid var(--line);
vertical-align:top}th{color:var(--soft);font-size:.875rem}
pre{white-space:pre-wrap;margin:.5rem 0;user-select:all}
)";

// The page comes from the server as it is: no text of others is put together here.
constexpr std::string_view script = R"(
setInterval(async () => {
  const note = document.getElementById('note');
  try {
    const answer = await fetch('/', {cache: 'no-store'});
    if (!answer.ok) throw new Error(answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of ['alert', 'body']) {
      const here = document.getElementById(id), there = next.getElementById(id);
      if (here.innerHTML !== there.innerHTML) here.innerHTML = there.innerHTML;
    }
    note.textContent = 'Live: updated ' + new Date().toLocaleTimeString();
  } catch (error) {
    note.textContent = 'unghost does not answer: these numbers are old';
  }
}, 5000);
)";

std::string hash_of(std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> coded{};
    const int length = EVP_EncodeBlock(coded.data(), digest.data(), static_cast<int>(size));
    return "'sha256-" + std::string(coded.begin(), coded.begin() + length) + "'";
}

std::string text_of(const json& value)
{
    if (value.is_null())
        return "not known";
    const std::string text = value.is_string()
                                 ? value.get<std::string>()
                                 : value.dump(-1, ' ', false, json::error_handler_t::replace);
    return escape_html(shortened(text, longest_text));
}

std::string table_of(const json& table)
{
    return text_of(table.at("schema")) + "." + text_of(table.at("table"));
}

std::string place_of(const json& place)
{
    if (place.is_null())
        return "none";
    return text_of(place.at("file")) + ":" + text_of(place.at("position"));
}

std::string bytes_of(const json& value)
{
    return value.is_null() ? "not known" : size_text(value.get<std::uint64_t>());
}

std::string seconds_of(const json& value)
{
    return value.is_null() ? "not known" : fmt::format("{:.1f} s", value.get<double>());
}

std::string item(std::string_view name, const std::string& value)
{
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

// As one word of a shell's command line: it is there to be copied.
std::string shell_word(const json& value)
{
    const auto text = value.get<std::string>();
    if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:"
        ) == text.npos)
        return text;
    std::string quoted = "'";
    for (const char c : one_line(text))
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return escape_html(quoted + "'");
}

std::string stop_of(const json& status)
{
    const json& stop = status.at("stop");
    if (stop.is_null())
        return {};
    std::string html = fmt::format(
        "<section class=\"stop\"><h2 class=\"bad\">Publishing is stopped: {}</h2><p>{}</p>"
        "<p>Table {}. Look first, then give one of these words:</p>",
        text_of(stop.at("reason")),
        escape_html(stop.at("text").get<std::string>()),
        table_of(stop.at("original"))
    );
    for (const char* word : {"--pass --dry-run", "--pass", "--empty", "--sql 'ALTER ...'"})
        html += fmt::format(
            "<pre>unghost resume {} {} --data {}</pre>",
            shell_word(stop.at("id")),
            word,
            shell_word(status.at("data_folder"))
        );
    return html + "</section>\n";
}

std::string source_of(const json& status)
{
    const json& source = status.at("source");
    const bool here = source.at("connected").get<bool>();
    std::string html = "<section><h2>Source</h2><dl>";
    html += item("Address", text_of(source.at("address")));
    html += item("Server", text_of(source.at("version")));
    html += item(
        "Connection",
        here ? "<span class=\"good\">connected</span>" : "<span class=\"bad\">not connected</span>"
    );
    html += item("Lag", seconds_of(source.at("lag_seconds")));
    html += item("Not published", bytes_of(source.at("lag_bytes")));
    html += item("Last contact", seconds_of(source.at("last_contact_seconds")));
    html += "</dl>";
    if (const json& error = source.at("error"); !here && error != "")
        html += "<p class=\"bad\">" + text_of(error) + "</p>";
    return html + "</section>\n";
}

std::string log_of(const json& status)
{
    const json& safe = status.at("safe_to_move");
    std::string html = "<section><h2>Clean log</h2><dl>";
    html += item("Published", place_of(status.at("published")));
    html += item("Oldest file", text_of(status.at("oldest_file")));
    html += item("On disk", bytes_of(status.at("stored_bytes")));
    html += item("Spooled", bytes_of(status.at("spooled_bytes")));
    html += item("Transactions", text_of(status.at("transactions")));
    html += item("Emptied", text_of(status.at("transactions_emptied")));
    html += item("Safe to move", safe.is_null() ? "not known" : safe.get<bool>() ? "yes" : "no");
    return html + "</dl></section>\n";
}

std::string rows_left(std::size_t all)
{
    if (all <= most_rows)
        return {};
    return fmt::format("<p class=\"soft\">and {} more: see /status.json</p>", all - most_rows);
}

std::string consumers_of(const json& status)
{
    std::size_t all = 0;
    std::string rows;
    for (const json& one : status.at("sessions")) {
        if (!one.at("dumping").get<bool>() || ++all > most_rows)
            continue;
        rows += fmt::format(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            text_of(one.at("user")),
            text_of(one.at("peer")),
            place_of(one.at("reads")),
            bytes_of(one.at("behind_bytes")),
            seconds_of(one.at("lag_seconds"))
        );
    }
    if (rows.empty())
        return "<section><h2>Consumers</h2><p class=\"soft\">Nobody reads the log.</p></section>\n";
    return "<section><h2>Consumers</h2><div class=\"wide\"><table><thead><tr>"
           "<th scope=\"col\">User</th><th scope=\"col\">From</th><th scope=\"col\">Reads</th>"
           "<th scope=\"col\">Lag</th><th scope=\"col\">Age</th></tr></thead><tbody>\n" +
           rows + "</tbody></table></div>" + rows_left(all) + "</section>\n";
}

std::string migration_row(const json& one)
{
    const json& times = one.at("times");
    const auto time = [&times](const char* name) {
        return times.at(name).is_null() ? std::string("-") : text_of(times.at(name));
    };
    return fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}: {}</td><td>{} events, {}</td>"
        "<td>{}</td></tr>\n",
        table_of(one.at("original")),
        text_of(one.at("tool")),
        text_of(one.at("state")),
        time("began"),
        text_of(one.at("verdict").at("outcome")),
        text_of(one.at("verdict").at("reason")),
        text_of(one.at("hidden").at("events")),
        bytes_of(one.at("hidden").at("bytes")),
        time("cut_over")
    );
}

std::string migrations_of(const json& status)
{
    const json& all = status.at("migrations");
    if (all.empty())
        return "<section><h2>Migrations</h2><p class=\"soft\">None yet.</p></section>\n";
    std::string rows;
    std::uint64_t saved = 0;
    std::size_t count = 0;
    for (const json& one : all) {
        saved += one.at("hidden").at("bytes").get<std::uint64_t>();
        if (++count <= most_rows)
            rows += migration_row(one);
    }
    return "<section><h2>Migrations</h2><p>Not sent to consumers, in those listed: " +
           size_text(saved) +
           "</p><div class=\"wide\"><table><thead><tr><th scope=\"col\">Table</th>"
           "<th scope=\"col\">Tool</th><th scope=\"col\">State</th><th scope=\"col\">Began</th>"
           "<th scope=\"col\">Verdict</th><th scope=\"col\">Hidden</th>"
           "<th scope=\"col\">Cut over</th></tr></thead><tbody>\n" +
           rows + "</tbody></table></div>" + rows_left(count) + "</section>\n";
}

}  // namespace

std::string escape_html(std::string_view text)
{
    std::string safe;
    for (const char c : text)
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            case '\'': safe += "&#39;"; break;
            default: safe += c;
        }
    return safe;
}

std::string to_page(const json& status)
{
    const bool serves = status.at("phase") == "serving";
    std::string html = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                       "<title>unghost</title><style>";
    html.append(style).append(
        "</style></head><body><main>\n<div id=\"alert\" aria-live=\"assertive\">"
    );
    html += stop_of(status) + "</div>\n<div id=\"body\">";
    html += fmt::format(
        "<h1>unghost <span class=\"{}\">{}</span></h1><p class=\"soft\">Version {}, data in {}</p>",
        serves ? "good" : "bad",
        text_of(status.at("phase")),
        text_of(status.at("version")),
        text_of(status.at("data_folder"))
    );
    if (!serves && status.at("stop").is_null() && status.at("phase_text") != "")
        html += "<p class=\"bad\">" + text_of(status.at("phase_text")) + "</p>";
    html += source_of(status) + consumers_of(status) + migrations_of(status) + log_of(status);
    html += "</div><p id=\"note\" class=\"soft\">As of the moment the page was loaded.</p></main>";
    html.append("<script>").append(script).append("</script></body></html>\n");
    return html;
}

const std::string& page_policy()
{
    static const std::string policy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "connect-src 'self'; style-src " +
        hash_of(style) + "; script-src " + hash_of(script);
    return policy;
}

}  // namespace proxy
