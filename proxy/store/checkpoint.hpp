#pragma once

#include "proxy/store/edit_map.hpp"
#include "proxy/store/epochs.hpp"
#include "proxy/store/store.hpp"

namespace proxy {

// What resume starts from: the file `checkpoint`, replaced whole. docs/storage.md has the layout.
struct checkpoint
{
    std::uint32_t number = 0;             // of the clean file, as in the index
    std::uint64_t clean_end = 0;          // a committed border in it
    rewrite::coordinate pull_from;        // what comes after it
    source_identity identity;             // of the same epoch
    std::uint64_t map_records = 0;        // of the file's edit map, written ones
    std::optional<edit_record> map_last;  // and the one that still grows
    protocol::byte_buffer rewriter_state;
    followed_epochs epochs;
};

protocol::byte_buffer to_bytes(const checkpoint& saved);
// Version 1 too, which ends before `epochs`.
protocol::result<checkpoint> parse_checkpoint(protocol::byte_view bytes);

}  // namespace proxy
