#include "proxy/admin/page.hpp"

#include "proxy/admin/page_parts.hpp"
#include "proxy/text.hpp"

#include <array>
#include <fmt/format.h>
#include <openssl/evp.h>

namespace proxy {
namespace {

using nlohmann::json;

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--ink:#1b2430;--soft:#55606e;--page:#f5f6f8;--card:#fff;
--line:#dce0e6;--blue:#1f5fae;--amber:#95590a;--good:#126b3a;--bad:#a81f1f;--badcard:#fdeeee}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#a3adba;--page:#12161c;
--card:#1b2129;--line:#323b47;--blue:#7db4f5;--amber:#e6b35c;--good:#6fd79b;--bad:#ff9c95;--badcard:#3a1b1d}}
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
.wide{overflow-x:auto}td:nth-child(-n+2){white-space:nowrap}table{border-collapse:collapse;width:100%;overflow-wrap:normal}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-top:1px solid var(--line);
vertical-align:top}th{color:var(--soft);font-size:.875rem}
pre{white-space:pre-wrap;margin:.5rem 0;user-select:all}
svg{display:block;width:100%;background:var(--page);border-radius:4px}
.curve{height:8rem}.bar{height:.6rem;margin:.25rem 0}
polyline{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}
.source{stroke:var(--blue)}.consumer{stroke:var(--amber)}
.of-source{color:var(--blue)}.of-consumer{color:var(--amber)}
rect{fill:var(--soft)}.folding{fill:var(--blue)}.cut{fill:var(--good)}.disturbed{fill:var(--bad)}
.ends{display:flex;justify-content:space-between;flex-wrap:wrap;gap:0 1rem;margin:.25rem 0}
progress{width:100%;max-width:12rem;accent-color:var(--blue)}
@media(max-width:48rem){.wide td{white-space:normal}.wide table,.wide tbody,.wide tr,.wide td{display:block}
.wide thead{display:none}.wide tr{border-top:1px solid var(--line);padding:.5rem 0}
.wide td{border:0;padding:.1rem 0;display:grid;grid-template-columns:6.5rem minmax(0,1fr);
gap:.5rem;overflow-wrap:anywhere}.wide td::before{content:attr(data-name);color:var(--soft)}}
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
    html += item("Not published", bytes_text(source.at("lag_bytes")));
    html += item("Last contact", seconds_of(source.at("last_contact_seconds")));
    html += "</dl>";
    if (const json& error = source.at("error"); !here && error != "")
        html += "<p class=\"bad\">" + text_of(error) + "</p>";
    return html + "</section>\n";
}

std::string retention_of(const json& limits)
{
    const auto age = limits.at("age_seconds").get<std::uint32_t>();
    const auto bytes = limits.at("bytes").get<std::uint64_t>();
    std::string text = age == 0 ? "" : duration_text(age);
    if (bytes != 0)
        text += (text.empty() ? "" : ", at most ") + size_text(bytes);
    return text.empty() ? "all" : text;
}

std::string log_of(const json& status)
{
    const json& safe = status.at("safe_to_move");
    std::string html = "<section><h2>Clean log</h2><dl>";
    html += item("Published", place_of(status.at("published")));
    html += item("Oldest file", text_of(status.at("oldest_file")));
    html += item("On disk", bytes_text(status.at("stored_bytes")));
    html += item("Room left on the disk", bytes_text(status.at("disk_free_bytes")));
    html += item("Kept", retention_of(status.at("retention")));
    html += item("Spooled", bytes_text(status.at("spooled_bytes")));
    html += item("Transactions", text_of(status.at("transactions")));
    html += item("Emptied", text_of(status.at("transactions_emptied")));
    html += item("Safe to move", safe.is_null() ? "not known" : safe.get<bool>() ? "yes" : "no");
    return html + "</dl></section>\n";
}

std::string consumers_of(const json& status)
{
    std::size_t all = 0;
    std::string rows;
    for (const json& one : status.at("sessions")) {
        if (!one.at("dumping").get<bool>() || ++all > most_rows)
            continue;
        rows += fmt::format(
            "<tr>{}{}{}{}{}</tr>\n",
            cell("User", text_of(one.at("user"))),
            cell("From", text_of(one.at("peer"))),
            cell("Reads", place_of(one.at("reads"))),
            cell("Behind", bytes_text(one.at("behind_bytes"))),
            cell("Lag", seconds_of(one.at("lag_seconds")))
        );
    }
    if (rows.empty())
        return "<section><h2>Consumers</h2><p class=\"soft\">Nobody reads the log.</p></section>\n";
    return "<section><h2>Consumers</h2><div class=\"wide\"><table><thead><tr>"
           "<th scope=\"col\">User</th><th scope=\"col\">From</th><th scope=\"col\">Reads</th>"
           "<th scope=\"col\">Behind</th><th scope=\"col\">Lag</th></tr></thead><tbody>\n" +
           rows + "</tbody></table></div>" + rows_left(all) + "</section>\n";
}

}  // namespace

std::string to_page(const json& status, const std::vector<lag_sample>& history)
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
    html += source_of(status) + history_of(history) + consumers_of(status) +
            migrations_of(status, history) + log_of(status);
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
