//! The store on SQLite, through `Kv`, beside SQLite itself: what the store adds to the driver, what it gains over the
//! usual ways of calling it, and how the cost of an operation grows with what is stored.

mod bare;
mod growth;
mod throughput;

fn main() {
    let runtime = benches::runtime();
    throughput::run(&runtime);
    growth::run(&runtime);
}
