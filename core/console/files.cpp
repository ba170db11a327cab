#include "core/console/files.hpp"

#include <utility>

#include <fmt/format.h>

namespace haas::console {

namespace {

class NoFiles final : public Files {
public:
    explicit NoFiles(Error why) : why_(std::move(why)) {}
    Result<std::unique_ptr<File>> open(const std::string& path, Access access) override {
        if (access == Access::read) return fail(Errc::not_found, fmt::format("no {}: {}", path, why_.message));
        return Failure(why_);
    }
    Result<std::vector<std::string>> list(const std::string& folder) override {
        if (folder.empty()) return std::vector<std::string>();
        return fail(Errc::not_found, fmt::format("no {}: {}", folder, why_.message));
    }
    Result<void> make_folder(const std::string&) override { return Failure(why_); }
    Result<void> remove_folder(const std::string&) override { return {}; }
    Result<void> remove(const std::string&) override { return {}; }
    Result<void> rename(const std::string& from, const std::string&) override {
        return fail(Errc::not_found, fmt::format("no {}: {}", from, why_.message));
    }
    Result<void> sync_folder(const std::string&) override { return {}; }

private:
    const Error why_;
};

}  // namespace

std::unique_ptr<Files> no_files(Error why) { return std::make_unique<NoFiles>(std::move(why)); }

void Files::each(std::size_t count, const std::function<void(std::size_t)>& work) {
    for (std::size_t i = 0; i < count; ++i) work(i);
}

Result<void> write_all(File& file, std::uint64_t position, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto taken = file.write(position, bytes);
        if (!taken) return Failure(taken.error());
        position += *taken;
        bytes.remove_prefix(*taken);
    }
    return {};
}

Result<std::string> read_all(File& file, const std::string& path, std::size_t longest) {
    const auto size = file.size();
    if (!size) return Failure(size.error());
    if (*size > longest) return fail(Errc::internal, fmt::format("{} is longer than anything written there", path));
    std::string content(static_cast<std::size_t>(*size), '\0');
    const auto got = file.read(0, content);
    if (!got) return Failure(got.error());
    content.resize(*got);
    return content;
}

Result<void> replace_file(Files& files, const std::string& folder, const std::string& name, std::string_view content) {
    const std::string path = folder + "/" + name;
    const std::string draft = path + ".new";
    const auto made = files.open(draft, Files::Access::make);
    if (!made) return Failure(made.error());
    auto done = write_all(**made, 0, content);
    if (done) done = (*made)->sync();
    if (done) done = files.rename(draft, path);
    if (!done) {
        (void)files.remove(draft);
        return done;
    }
    return files.sync_folder(folder);
}

}  // namespace haas::console
