//! The macro `credenza::migrate!`. The facade has its documentation, with an example.

mod embed;

use proc_macro::{TokenStream, TokenTree};

/// The migration set of a module, from a folder that is read when the program is compiled: `credenza::migrate!("app", "migrations")`.
///
/// The folder is relative to the `Cargo.toml` of the crate. Its files are called `NNN_name.sql`, or `NNN_name.sqlite.sql` and `NNN_name.postgres.sql` where
/// dialects differ; one that is called otherwise is an error of the compiler. A file that changes is seen by Cargo; one that is
/// added is, if `build.rs` prints `cargo:rerun-if-changed=migrations`.
///
/// It is a `Result<MigrationSet>`, which is an error for no set that compiles.
#[proc_macro]
pub fn migrate(input: TokenStream) -> TokenStream {
    let code = match &*input.into_iter().collect::<Vec<_>>() {
        [TokenTree::Literal(module), TokenTree::Punct(comma), TokenTree::Literal(folder)]
            if comma.as_char() == ',' =>
        {
            match (text(&module.to_string()), text(&folder.to_string())) {
                (Some(module), Some(folder)) => embed::code(&module, &folder),
                _ => Err(USAGE.into()),
            }
        }
        _ => Err(USAGE.into()),
    };
    let code = code.unwrap_or_else(|error| format!("compile_error!({error:?})"));
    code.parse().unwrap_or_default()
}

const USAGE: &str = "migrate! takes a module and a folder: migrate!(\"app\", \"migrations\")";

/// The text of a plain literal in quotes.
fn text(literal: &str) -> Option<String> {
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then(|| text.to_owned())
}
