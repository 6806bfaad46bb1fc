#pragma once

#include "protocol/bytes.hpp"

// The status variables of the QUERY events that are written here, made from recorded ones.
namespace rewrite {

// For the BEGIN of an emptied transaction: only flags2, sql_mode, catalog and charset. (A DDL's
// whole block broke replay: it sets what may not be set in a transaction.)
protocol::byte_buffer begin_status(protocol::byte_view recorded);

// For an emitted ALTER: all of the recorded one, but sql_mode without NO_ZERO_DATE and
// NO_ZERO_IN_DATE (a rebuild refuses old zero dates that the tool copied unharmed), and the three
// variables that belong to the cut-over from there: ddl_logged_with_xid, microseconds,
// updated_db_names. `lenient`: without the strict bits too, as the tool copied.
protocol::byte_buffer
alter_status(protocol::byte_view recorded, protocol::byte_view cut_over, bool lenient);

}  // namespace rewrite
