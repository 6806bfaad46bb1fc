#pragma once

#include "rewrite/migration/migration_book.hpp"

// The book as bytes, for a checkpoint: records with tagged fields (rewrite/tagged_record.hpp), and
// the layout of the release before, which is read only.
namespace rewrite {

void append_book(protocol::writer& to, const migration_book& book);
// from.ok() says whether all was there and all of it made sense.
migration_book read_book(protocol::reader& from);

// Release 0.1: fixed fields, stages as a state and flags.
migration_book read_book_v1(protocol::reader& from);

}  // namespace rewrite
