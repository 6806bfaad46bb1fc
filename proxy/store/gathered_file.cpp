#include "proxy/store/gathered_file.hpp"

namespace proxy {

gathered_file::gathered_file(disk& on, const std::filesystem::path& file)
{
    if (auto opened = open_unnamed(on, file))
        file_ = *std::move(opened);
}

bool gathered_file::add(protocol::byte_view bytes)
{
    if (file_ && file_->write(bytes, size_)) {
        size_ += bytes.size();
        return true;
    }
    if (file_ && !move_to_memory())
        return false;
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
    return true;
}

bool gathered_file::finish()
{
    if (!file_)
        return true;
    if (auto made = mapped_bytes::make(*file_, 0, size_)) {
        mapped_ = *std::move(made);
        return true;
    }
    return move_to_memory();
}

bool gathered_file::move_to_memory()
{
    memory_.resize(size_);
    const auto got = file_->read(memory_, 0);
    file_.reset();
    return got && *got == size_;
}

}  // namespace proxy
