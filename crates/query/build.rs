//! Links the program so that it starts quickly: a search is over in about the time that the system needs to start it.
//!
//! Where the linker has the unwinder as an archive it is linked in, which saves loading one library; and the program is
//! put at a fixed address, which saves writing thousands of addresses into it at each start. It reads files of our own
//! and a query, so it has less to fear from that than a server. Where anything is different from what is expected here,
//! the program is linked as any other.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_native = std::env::var("HOST").ok() == std::env::var("TARGET").ok();
    if !is_native || target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    println!("cargo:rustc-link-arg-bin=vidimus-query=-no-pie");
    let Ok(found) = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output() else { return };
    let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    // Where there is none, the name alone comes back.
    if let Some(folder) = Path::new(&found).parent().filter(|_| Path::new(&found).is_file()) {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static=gcc_eh");
    }
}
