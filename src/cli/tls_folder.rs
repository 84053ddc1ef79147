//! The folder of `deskbell serve --tls`: a certificate and its key, made where there are none.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use secrecy::ExposeSecret;

use crate::server::{Certificates, tls_config};

const CERTIFICATE: &str = "cert.pem";
const KEY: &str = "key.pem";
const AUTHORITY: &str = "ca.pem";

/// The TLS settings that a folder's certificate and key come to. Where it has neither, they are made
/// for this machine, the address that is listened on, and further names.
///
/// # Errors
/// What is wrong with the folder, with its name.
pub(super) fn open(
    folder: &Path,
    listen: IpAddr,
    names: &[String],
) -> io::Result<Arc<ServerConfig>> {
    let [certificate, key] = [CERTIFICATE, KEY].map(|name| folder.join(name));
    match (certificate.exists(), key.exists()) {
        (true, true) => {}
        (false, false) => make(folder, listen, names)?,
        (has_certificate, _) => {
            let (there, missing) =
                if has_certificate { (CERTIFICATE, KEY) } else { (KEY, CERTIFICATE) };
            return Err(io::Error::other(format!(
                "{} has {there}, and no {missing}: put it there, or name an empty folder",
                folder.display()
            )));
        }
    }
    let read = |path: &Path| fs::read(path).map_err(|error| told(path, &error));
    let config = tls_config(&read(&certificate)?, &read(&key)?);
    config.map_err(|error| told(folder, &io::Error::other(error)))
}

fn make(folder: &Path, listen: IpAddr, names: &[String]) -> io::Result<()> {
    let mut all = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let address = listen.to_string();
    if !listen.is_unspecified() && !all.contains(&address) {
        all.push(address);
    }
    all.extend_from_slice(names);
    let made = Certificates::make(&all).map_err(io::Error::other)?;
    fs::create_dir_all(folder).map_err(|error| told(folder, &error))?;
    write(&folder.join(KEY), made.key.expose_secret(), 0o600)?;
    write(&folder.join(CERTIFICATE), &made.certificate, 0o644)?;
    write(&folder.join(AUTHORITY), &made.authority, 0o644)
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(mode).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| told(path, &error))
}

fn told(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const LISTEN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    #[test]
    fn what_was_made_is_used_again_and_the_key_is_the_owners() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("tls");
        open(&folder, LISTEN, &["uat.example.com".into()]).unwrap();
        let mode = fs::metadata(folder.join(KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read =
            || [CERTIFICATE, KEY, AUTHORITY].map(|name| fs::read(folder.join(name)).unwrap());
        let made = read();
        open(&folder, LISTEN, &[]).unwrap();
        assert_eq!(read(), made);
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], names: &[&str], says: &str) {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let told = open(folder.path(), LISTEN, &names).unwrap_err().to_string();
        assert!(told.contains(says), "{told}");
    }

    #[test]
    fn what_is_wrong_with_a_folder_is_told() {
        check(&[(CERTIFICATE, "")], &[], "has cert.pem, and no key.pem");
        check(&[(KEY, "")], &[], "has key.pem, and no cert.pem");
        check(&[(CERTIFICATE, ""), (KEY, "")], &[], "the certificate is no PEM");
        let made = Certificates::make(&["localhost".into()]).unwrap();
        check(&[(CERTIFICATE, &made.certificate), (KEY, "x")], &[], "the key is no PEM");
        let other = Certificates::make(&["localhost".into()]).unwrap();
        let key = other.key.expose_secret();
        check(&[(CERTIFICATE, &made.certificate), (KEY, key)], &[], "does not belong");
        check(&[], &["ä ö"], "no certificate can be made for localhost");
    }
}
