//! Lists every plugin of the bundle, by what it is.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use lab_all as _;
use lab_core::registry::{Capability, registry};

fn main() -> lab_core::Result<()> {
    let registry = registry()?;
    for capability in Capability::ALL {
        println!(
            "{}s: {}",
            capability.name(),
            registry.names(capability).join(", ")
        );
    }
    println!();
    for plugin in registry.iter() {
        println!(
            "{:20} {:15} {}",
            plugin.name, plugin.crate_name, plugin.summary
        );
    }
    Ok(())
}
