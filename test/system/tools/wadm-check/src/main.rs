//! `wadm-check FILE` judges a wadm manifest as wadm itself does, offline. Prints a line for each finding; its status is 1 where one of them is an error.

use std::process::ExitCode;

use wadm_types::validation::{validate_manifest_file, ValidationFailureLevel};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: wadm-check FILE");
        return ExitCode::from(2);
    };
    let (manifest, findings) = match validate_manifest_file(&path).await {
        Ok(judged) => judged,
        Err(error) => {
            println!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    for finding in &findings {
        println!("{:?}: {}", finding.level, finding.msg);
    }
    println!(
        "{}: {} components, {} findings",
        manifest.metadata.name,
        manifest.spec.components.len(),
        findings.len()
    );
    if findings.iter().any(|finding| finding.level == ValidationFailureLevel::Error) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
