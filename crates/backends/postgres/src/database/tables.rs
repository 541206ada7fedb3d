//! The tables and views of users, and what defines each.

use credenza_core::Result;
use credenza_core::db::Table;
use tokio_postgres::Row;

use crate::conn::Conn;
use crate::error::{Commits, shape, statement};

/// Tables and views of the schemas that are looked in, as far as the role may do anything with them, with everything that `CREATE` says of them. The number of the table
/// is a part of it: one that is made anew is another.
const TABLES: &str = "SELECT c.relname::text, c.relkind IN ('v', 'm'), concat_ws(E'\\n', c.oid, c.relkind, \
       (SELECT string_agg(concat_ws(' ', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
            a.attidentity, a.attgenerated, a.attcollation, pg_get_expr(d.adbin, d.adrelid)), E'\\n' ORDER BY a.attnum) \
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), \
       (SELECT string_agg(concat_ws(' ', k.conname, pg_get_constraintdef(k.oid)), E'\\n' ORDER BY k.conname) \
        FROM pg_constraint k WHERE k.conrelid = c.oid), \
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname <> 'information_schema' AND n.nspname <> 'credenza' \
        AND n.nspname !~ '^pg_' AND pg_table_is_visible(c.oid) \
        AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE') \
    ORDER BY c.relname COLLATE \"C\"";

pub(super) async fn tables(conn: &Conn) -> Result<Vec<Table>> {
    let rows = conn.query(TABLES, &[]).await.map_err(|error| statement(&error, Commits::No))?;
    rows.iter().map(table).collect()
}

fn table(row: &Row) -> Result<Table> {
    let name: String = row.try_get(0).map_err(|_| shape())?;
    let is_view: bool = row.try_get(1).map_err(|_| shape())?;
    let text: String = row.try_get(2).map_err(|_| shape())?;
    Ok(Table::new(name, is_view, fnv1a(text.as_bytes())))
}

/// FNV-1a, 64 bits: the same in every process.
fn fnv1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
