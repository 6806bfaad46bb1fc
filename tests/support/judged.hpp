#pragma once

#include "rewrite/verdict/verdict.hpp"

// One table with a column of each kind, and what is judged of an ALTER of it.
namespace tests {

inline constexpr std::string_view original = R"(CREATE TABLE `t` (
  `id` int NOT NULL AUTO_INCREMENT,
  `a` int DEFAULT NULL,
  `n` int NOT NULL DEFAULT '7',
  `nu` int unsigned DEFAULT NULL,
  `big` bigint DEFAULT NULL,
  `z` int(5) unsigned zerofill DEFAULT NULL,
  `flag` tinyint(1) DEFAULT '1',
  `d` decimal(10,2) DEFAULT NULL,
  `f` float DEFAULT NULL,
  `bits` bit(4) DEFAULT NULL,
  `v` varchar(40) DEFAULT NULL,
  `u` varchar(20) NOT NULL DEFAULT '',
  `l` varchar(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT NULL,
  `ch` char(10) DEFAULT NULL,
  `bn` binary(10) DEFAULT NULL,
  `vb` varbinary(10) DEFAULT NULL,
  `x` text,
  `bl` blob,
  `e` enum('a','b') DEFAULT 'a',
  `s` set('x','y') DEFAULT NULL,
  `j` json DEFAULT NULL,
  `da` date DEFAULT NULL,
  `ti` time DEFAULT NULL,
  `dt` datetime DEFAULT NULL,
  `up` datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  `ts` timestamp NULL DEFAULT NULL,
  `tn` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `gb` int DEFAULT NULL,
  `g` int GENERATED ALWAYS AS ((`gb` + 1)) VIRTUAL,
  `h` int DEFAULT NULL,
  `iv` int DEFAULT NULL /*!80023 INVISIBLE */,
  `cm` int DEFAULT NULL COMMENT 'old',
  `n3` varchar(20) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci DEFAULT NULL,
  `uc` char(10) NOT NULL,
  `p` point DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uu` (`u`,`n`),
  UNIQUE KEY `ku` (`uc`),
  KEY `kv` (`v`),
  KEY `kl` (`l`(10),`a`),
  KEY `fx` (((`h` + 1)))
) ENGINE=InnoDB AUTO_INCREMENT=100 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci)";

inline rewrite::facts known_facts(std::string_view create = original)
{
    rewrite::facts known;
    known.table = {"shop", "t"};
    known.create_table = create;
    return known;
}

// By a tool that copies each of these columns as it is.
inline rewrite::migration_plan planned(std::string_view clauses, std::uint32_t version = 80033)
{
    rewrite::migration_plan plan = rewrite::plan_for_alter(clauses, {"shop", "t"}, version);
    plan.which = rewrite::tool::pt_osc;
    return plan;
}

inline rewrite::verdict judged(
    std::string_view clauses,
    std::string_view create = original,
    const rewrite::policy& rules = {},
    std::uint32_t version = 80033
)
{
    const rewrite::facts known = known_facts(create);
    return judge(planned(clauses, version), &known, rules);
}

}  // namespace tests
