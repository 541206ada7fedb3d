//! What a statement may do: lists of what is allowed, which the engine asks about while it compiles.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};

use super::{functions, vectors};

/// Names that begin so are for what Credenza keeps in the database itself.
pub(crate) const RESERVED: &str = "credenza_";

/// Why what names another file is refused.
pub(crate) const OTHER_FILES: &str =
    "a statement works on its own database: ATTACH, DETACH and VACUUM are not allowed";

/// What a statement can ask the engine by `PRAGMA name`, or from the table `pragma_name`: what tables look like and
/// whether they are whole. The last two are asked by full-text and spatial indexes.
const PRAGMAS: &[&str] = &[
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
    "data_version",
    "page_size",
];

/// What a virtual table can be made of.
const MODULES: &[&str] = &["fts5", "fts5vocab", "rtree", "rtree_i32"];

/// Virtual tables that are there without being made, and that show pages of the file or what the engine is.
const HIDDEN_TABLES: &[&str] =
    &["dbstat", "sqlite_dbpage", "sqlite_stmt", "bytecode", "tables_used", "fts3tokenize"];

/// What the compiler met in a statement.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Why something was refused.
    pub(crate) denied: Option<&'static str>,
    /// It uses a table that is reserved.
    pub(crate) reserved: bool,
    /// The table that it inserts into.
    pub(crate) inserts: Option<String>,
    /// It updates rows: beside an insert, those in conflict.
    pub(crate) updates: bool,
    /// It makes, alters or drops tables, views, indexes or triggers.
    pub(crate) schema: bool,
    /// It alters a table. What the table is to be called, the compiler does not say.
    pub(crate) alters: bool,
    /// Tables and views that it makes (`true`) or drops.
    pub(crate) tables: Vec<(String, bool)>,
    /// It sets, releases or goes back to a savepoint.
    pub(crate) savepoint: bool,
    /// It counts or searches, which may be one long step.
    pub(crate) counts: bool,
    /// It looks through whole tables for damage.
    pub(crate) checks: bool,
}

impl Facts {
    pub(crate) fn clear(&mut self) {
        if self.denied.is_some()
            || self.inserts.is_some()
            || self.reserved
            || self.updates
            || self.schema
            || self.savepoint
            || self.counts
            || self.checks
        {
            *self = Facts::default();
        }
    }

    pub(crate) fn deny(&mut self, why: &'static str) -> Authorization {
        self.denied.get_or_insert(why);
        Authorization::Deny
    }
}

/// Whether a name is reserved.
pub(crate) fn reserved(name: &str) -> bool {
    name.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
}

fn listed(list: &[&str], name: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether the statement may do it. What is not known here is refused.
pub(crate) fn decide(context: &AuthContext<'_>, facts: &mut Facts) -> Authorization {
    const TEMPORARY: &str = "temporary tables, views and triggers are not kept between statements";
    if writes_down(context) {
        return Authorization::Allow;
    }
    let top = context.accessor.is_none();
    let database = match context.action {
        // What the engine gives in place of the name is a column here.
        AuthAction::AlterTable { database_name, .. } => Some(database_name),
        _ => context.database_name,
    };
    if database.is_some_and(|name| name != "main") && !of_temporary_schema(&context.action) {
        return facts.deny(TEMPORARY);
    }
    match context.action {
        AuthAction::Select | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Read { table_name, .. } => read(table_name, facts),
        AuthAction::Function { function_name } => {
            facts.counts |= function_name.eq_ignore_ascii_case("count")
                || function_name.eq_ignore_ascii_case(vectors::NEAREST);
            if functions::allowed(function_name) {
                Authorization::Allow
            } else {
                facts.deny("the function is not allowed")
            }
        }
        AuthAction::Insert { table_name } => {
            if top && facts.inserts.is_none() && !table_name.starts_with("sqlite_") {
                facts.inserts = Some(table_name.to_owned());
            }
            uses(table_name, facts)
        }
        AuthAction::Update { table_name, .. } => {
            facts.updates |= top;
            uses(table_name, facts)
        }
        AuthAction::Delete { table_name } => uses(table_name, facts),
        AuthAction::CreateTable { table_name } => makes(table_name, facts),
        AuthAction::CreateView { view_name } => makes(view_name, facts),
        AuthAction::CreateVtable { table_name, module_name } => {
            let of_sqlite_vec = cfg!(feature = "sqlite-vec") && module_name.eq_ignore_ascii_case("vec0");
            if !(of_sqlite_vec || listed(MODULES, module_name)) {
                return facts.deny("the kind of virtual table is not allowed");
            }
            makes(table_name, facts)
        }
        AuthAction::DropTable { table_name } | AuthAction::DropVtable { table_name, .. } => {
            drops(table_name, facts)
        }
        AuthAction::DropView { view_name } => drops(view_name, facts),
        AuthAction::CreateIndex { index_name: name, table_name }
        | AuthAction::CreateTrigger { trigger_name: name, table_name }
        | AuthAction::DropIndex { index_name: name, table_name } => {
            facts.schema = true;
            facts.reserved |= reserved(name);
            uses(table_name, facts)
        }
        AuthAction::DropTrigger { trigger_name, table_name } => {
            facts.schema = true;
            // What watches a table goes with it.
            let with_table = trigger_name.starts_with(vectors::WATCH)
                && facts.tables.iter().any(|(name, made)| !made && name == table_name);
            facts.reserved |= reserved(trigger_name) && !with_table;
            uses(table_name, facts)
        }
        AuthAction::AlterTable { table_name, .. } => {
            (facts.schema, facts.alters) = (true, true);
            uses(table_name, facts)
        }
        // Skipped where it is one of many.
        AuthAction::Reindex { index_name: name } | AuthAction::Analyze { table_name: name } => {
            facts.checks = true;
            if reserved(name) { Authorization::Ignore } else { Authorization::Allow }
        }
        AuthAction::Savepoint { savepoint_name, .. } => {
            facts.savepoint = true;
            if reserved(savepoint_name) {
                return facts.deny("names that begin with credenza_ are reserved");
            }
            Authorization::Allow
        }
        AuthAction::Pragma { pragma_name, pragma_value } => pragma(pragma_name, pragma_value, facts),
        AuthAction::Transaction { operation } => facts.deny(match operation {
            TransactionOperation::Begin => "a transaction is begun by `begin`, not by a statement",
            _ => "a transaction is ended by `commit` or `rollback`, not by a statement",
        }),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => facts.deny(OTHER_FILES),
        AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::DropTempIndex { .. }
        | AuthAction::DropTempTable { .. }
        | AuthAction::DropTempTrigger { .. }
        | AuthAction::DropTempView { .. } => facts.deny(TEMPORARY),
        _ => facts.deny("the statement does what is not allowed"),
    }
}

/// Whether a trigger of ours writes down what changes. Nobody else can make a trigger of its name; a subquery can have the name, so that it counts only for what triggers do.
fn writes_down(context: &AuthContext<'_>) -> bool {
    let Some(trigger) = context.accessor.filter(|trigger| trigger.starts_with(vectors::WATCH)) else {
        return false;
    };
    match context.action {
        AuthAction::Insert { table_name } | AuthAction::Delete { table_name } => table_name == vectors::LOG,
        // It cuts the log by the numbers of changes.
        AuthAction::Read { table_name, column_name } => {
            trigger == vectors::CUT && table_name == vectors::LOG && column_name == "seq"
        }
        _ => false,
    }
}

/// Whether it looks at the list of temporary objects, as the engine does when it alters a table.
fn of_temporary_schema(action: &AuthAction<'_>) -> bool {
    matches!(
        action,
        AuthAction::Read { table_name: "sqlite_temp_master", .. }
            | AuthAction::Update { table_name: "sqlite_temp_master", .. }
    )
}

fn uses(table: &str, facts: &mut Facts) -> Authorization {
    facts.reserved |= reserved(table);
    Authorization::Allow
}

fn makes(table: &str, facts: &mut Facts) -> Authorization {
    facts.schema = true;
    facts.tables.push((table.to_owned(), true));
    uses(table, facts)
}

fn drops(table: &str, facts: &mut Facts) -> Authorization {
    facts.schema = true;
    facts.tables.push((table.to_owned(), false));
    uses(table, facts)
}

fn read(table: &str, facts: &mut Facts) -> Authorization {
    if listed(HIDDEN_TABLES, table) {
        return facts.deny("the table shows what is below tables");
    }
    let asks = table.get(..7).filter(|start| start.eq_ignore_ascii_case("pragma_"));
    if asks.is_some() && !listed(PRAGMAS, table.get(7..).unwrap_or_default()) {
        return facts.deny("the pragma is not allowed");
    }
    uses(table, facts)
}

fn pragma(name: &str, value: Option<&str>, facts: &mut Facts) -> Authorization {
    facts.checks |= ["integrity_check", "quick_check", "foreign_key_check"].contains(&name);
    facts.reserved |= value.is_some_and(reserved);
    let reads = name.eq_ignore_ascii_case("user_version") && value.is_none();
    if reads || listed(PRAGMAS, name) || name.eq_ignore_ascii_case("defer_foreign_keys") {
        Authorization::Allow
    } else {
        facts.deny("the pragma is not allowed")
    }
}
