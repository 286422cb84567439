//! Serves `dist/` on this machine only.
//!
//! In: the folder and a port. Out: an address; for `cargo xtask serve` until the terminal ends it, for the tests in the background
//! of this process. The files come from `tower-http`: media types (`application/wasm` among them), ranges, no way out of the folder.

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::http::{HeaderValue, header};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::project::Project;

const PORT: u16 = 8017;
/// How many ports from the default one on are tried.
const TRIES: u16 = 50;

/// Takes a port: the given one, or the first free one from 8017 on.
pub fn listen(port: Option<u16>) -> Result<TcpListener> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match port {
        Some(port) => bind(port).map_err(|error| anyhow!("port {port} cannot be used ({error}): choose another with --port")),
        None => (PORT..PORT + TRIES)
            .find_map(|port| bind(port).ok())
            .context("no free port from 8017 on: choose one with --port"),
    }
}

/// Serves until the process is ended.
pub fn forever(project: &Project, listener: TcpListener, open: bool) -> Result<()> {
    let address = url(listener.local_addr()?);
    println!("\nContrastVAE Lab is at {address}  (Ctrl+C ends it)");
    if open && has_display() && open::that_detached(&address).is_err() {
        println!("No browser could be started; open the address yourself.");
    }
    serve(project.dist(), "/", listener)
}

/// Serves from a thread of its own until the process ends, and answers with the address. It has a sub-path, as on GitHub Pages, so
/// that the tests find an address in the page that is not relative.
pub fn in_background(project: &Project) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    let address = format!("{}lab/", url(listener.local_addr()?));
    let folder = project.dist();
    thread::spawn(move || {
        if let Err(error) = serve(folder, "/lab/", listener) {
            eprintln!("error: the server ended: {error:#}");
        }
    });
    Ok(address)
}

fn serve(folder: PathBuf, path: &str, listener: TcpListener) -> Result<()> {
    listener.set_nonblocking(true)?;
    // A rebuilt page must never meet a module of the build before.
    let revalidate = SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let files = ServeDir::new(folder);
    let router = if path == "/" {
        Router::new().fallback_service(files)
    } else {
        Router::new().nest_service(path, files)
    };
    let router = router.layer(revalidate);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, router).await
    })?;
    Ok(())
}

fn url(address: SocketAddr) -> String {
    format!("http://localhost:{}/", address.port())
}

/// Whether there is a screen to open a browser on, and somebody in front of it.
fn has_display() -> bool {
    let screen = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    (screen || !cfg!(target_os = "linux")) && std::io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_a_sentence_and_the_default_moves_on() -> Result<()> {
        let taken = listen(None)?;
        let port = taken.local_addr()?.port();
        let error = listen(Some(port)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(&format!("port {port} cannot be used")), "{error}");
        assert_ne!(listen(None)?.local_addr()?.port(), port);
        Ok(())
    }
}
