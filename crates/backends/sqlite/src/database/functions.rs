//! The functions that a statement may call.

use super::{documents, vectors};

/// Those of the engine that work on their arguments alone, in alphabetical order. Not among them: what loads code
/// (`load_extension`), hands out pointers (`fts3_tokenizer`, `fts5`), writes to the log of the process
/// (`sqlite_log`), or tells how the engine was built.
const ALLOWED: &[&str] = &[
    "->",
    "->>",
    "abs",
    "avg",
    "bm25",
    "changes",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "dense_rank",
    "first_value",
    "format",
    "fts5_get_locale",
    "fts5_insttoken",
    "fts5_locale",
    "glob",
    "group_concat",
    "hex",
    "highlight",
    "if",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_insert",
    "json_array_length",
    "json_each",
    "json_error_position",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_patch",
    "json_pretty",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_tree",
    "json_type",
    "json_valid",
    "jsonb",
    "jsonb_array",
    "jsonb_array_insert",
    "jsonb_extract",
    "jsonb_group_array",
    "jsonb_group_object",
    "jsonb_insert",
    "jsonb_object",
    "jsonb_patch",
    "jsonb_remove",
    "jsonb_replace",
    "jsonb_set",
    "julianday",
    "lag",
    "last_insert_rowid",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "lower",
    "ltrim",
    "match",
    "max",
    "min",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "percent_rank",
    "printf",
    "quote",
    "random",
    "randomblob",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "snippet",
    "soundex",
    "sqlite_version",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "subtype",
    "sum",
    "time",
    "timediff",
    "total",
    "total_changes",
    "trim",
    "typeof",
    "unhex",
    "unicode",
    "unistr",
    "unistr_quote",
    "unixepoch",
    "unlikely",
    "upper",
    "zeroblob",
];

/// What the engine calls when it alters a table; a statement cannot.
const OF_ALTER: &[&str] = &[
    "sqlite_add_constraint",
    "sqlite_drop_column",
    "sqlite_drop_constraint",
    "sqlite_fail",
    "sqlite_find_constraint",
    "sqlite_rename_column",
    "sqlite_rename_quotefix",
    "sqlite_rename_table",
    "sqlite_rename_test",
];

/// Whether a statement may call it.
pub(crate) fn allowed(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ours =
        || [&vectors::FUNCTIONS[..], &documents::FUNCTIONS, &["regexp"]].concat().contains(&name.as_str());
    ALLOWED.binary_search(&name.as_str()).is_ok()
        || ours()
        || vectors::is_of_sqlite_vec(&name)
        || OF_ALTER.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_has_nothing_that_leads_outside() {
        assert!(ALLOWED.is_sorted());
        for name in
            ["load_extension", "fts3_tokenizer", "fts5", "sqlite_log", "readfile", "writefile", "edit"]
        {
            assert!(!allowed(name), "{name}");
        }
        assert!(allowed("UPPER") && allowed("json_extract"));
    }

    #[test]
    fn the_engine_has_every_function_of_the_list() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        let mut statement = conn.prepare("SELECT DISTINCT name FROM pragma_function_list").unwrap();
        let known: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        for name in
            ALLOWED.iter().filter(|name| !name.starts_with("json_each") && !name.starts_with("json_tree"))
        {
            assert!(known.iter().any(|one| one == name), "{name}");
        }
    }
}
