#include "proxy/version.hpp"

namespace proxy {

std::string_view version()
{
    return UNGHOST_VERSION;
}

std::string_view commit()
{
    return UNGHOST_COMMIT;
}

std::string version_text()
{
    std::string text(version());
    if (!commit().empty())
        text.append(" (").append(commit()).append(")");
    return text;
}

}  // namespace proxy
