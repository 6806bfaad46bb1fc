#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace tests {

// A folder of its own for one test; gone with it.
class temp_folder
{
public:
    // In memory where that can be had: what a test syncs costs nothing there.
    explicit temp_folder(const std::filesystem::path& parent = in_memory())
    {
        std::string name = (parent / "unghost-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("cannot make " + name);
        path_ = name;
    }
    ~temp_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temp_folder(const temp_folder&) = delete;
    temp_folder& operator=(const temp_folder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

    static std::filesystem::path on_disk() { return std::filesystem::temp_directory_path(); }
    static std::filesystem::path in_memory()
    {
        const std::filesystem::path memory = "/dev/shm";
        return std::filesystem::is_directory(memory) ? memory : on_disk();
    }

private:
    std::filesystem::path path_;
};

}  // namespace tests
