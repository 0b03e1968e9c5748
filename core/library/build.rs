//! Notes what compiles the contract, for the record of plugins in shared libraries.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    println!("cargo::rustc-env=LAB_RUSTC={version}");
    for (ours, cargos) in [
        ("LAB_TARGET", "TARGET"),
        ("LAB_OPT_LEVEL", "OPT_LEVEL"),
        ("LAB_TARGET_FEATURES", "CARGO_CFG_TARGET_FEATURE"),
    ] {
        println!(
            "cargo::rustc-env={ours}={}",
            env::var(cargos).unwrap_or_default()
        );
    }
}
