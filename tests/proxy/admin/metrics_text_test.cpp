#include "proxy/admin/metrics_text.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(MetricsText, IsWhatPrometheusReads)
{
    metric_list list;
    list.begin("ingest");
    list.counter("transactions_total", 9'007'199'254'740'991, "Transactions.");
    list.gauge("stopped", 0, "1 while it is.");
    list.add(
        "migrations_total",
        metric_type::counter,
        "By end.",
        {{R"(result="folded")", 2}, {R"(result="passed")", 3}}
    );
    EXPECT_EQ(
        to_prometheus(list),
        "# HELP unghost_transactions_total Transactions.\n"
        "# TYPE unghost_transactions_total counter\n"
        "unghost_transactions_total 9007199254740991\n"
        "# HELP unghost_stopped 1 while it is.\n"
        "# TYPE unghost_stopped gauge\n"
        "unghost_stopped 0\n"
        "# HELP unghost_migrations_total By end.\n"
        "# TYPE unghost_migrations_total counter\n"
        "unghost_migrations_total{result=\"folded\"} 2\n"
        "unghost_migrations_total{result=\"passed\"} 3\n"
    );
}

TEST(MetricsText, WhatIsNotKnownHasNoSample)
{
    metric_list list;
    list.gauge("lag_seconds", std::optional<double>(), "Lag.");
    list.gauge("age_seconds", std::optional(1.5), "Age.");
    const std::string text = to_prometheus(list);
    EXPECT_NE(text.find("# TYPE unghost_lag_seconds gauge\n# HELP"), std::string::npos) << text;
    EXPECT_NE(text.find("\nunghost_age_seconds 1.5\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace proxy
