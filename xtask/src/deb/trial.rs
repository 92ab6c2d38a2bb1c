//! The Debian package in a Debian: installed, switched on, removed.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::chroot::{Chroot, Network};
use crate::stage::stage;
use crate::trial::{self, Server, Told};
use crate::workspace::Workspace;

/// Where the server works that is tried there.
const FOLDER: &str = "/srv/trial";

/// Registers a trigger that uses the packages that come with the engine, and one of the distribution with native code.
const SCRIPT: &str = "\
def told(record):
    import sys, numpy, redis
    cmd.set('sum', int(numpy.arange(5).sum()))
    assert int(cmd.get('sum')) == 10
    return '%s %d.%d, numpy %s, redis-py %s' % (
        (record[1],) + sys.version_info[:2] + (numpy.__version__, redis.__version__))
GB('CommandReader').map(told).register(trigger='trial')
";

/// Installs the package with the distribution's server, switches it on as it says, has the server serve a trigger,
/// and looks whether the server starts without it and nothing is left of it. Returns what answered.
pub(crate) fn try_package(workspace: &Workspace, package: &Path) -> Result<String> {
    let chroot = Chroot::make(workspace)?;
    let inside = "/srv/gears-engine.deb";
    fs::copy(package, chroot.path(inside))?;
    stage(
        "installing it with a server and numpy",
        "about 30 s",
        || {
            chroot.run(
                Network::Host,
                &format!("apt-get update -qq\napt-get install -y -qq {inside} python3-numpy"),
            )
        },
    )?;
    let told = stage("serving a trigger", "about 5 s", || {
        chroot.run(
            Network::None,
            "sed -i 's/^#loadmodule/loadmodule/' /etc/gears/engine.conf\n\
             echo 'include /usr/share/gears/*.conf' >> /etc/redis/redis.conf",
        )?;
        serve(&chroot, |server| server.ask(SCRIPT))
    })?;
    stage("removing it", "about 10 s", || {
        let files = chroot.run(
            Network::None,
            "dpkg --listfiles gears-engine\napt-get remove -y -qq gears-engine >&2",
        )?;
        serve(&chroot, |_| Ok(()))?;
        chroot.run(Network::None, "apt-get purge -y -qq gears-engine")?;
        let left: Vec<_> = files
            .lines()
            .filter(|file| file.contains("gears") && chroot.path(file).exists())
            .collect();
        match left.is_empty() {
            true => Ok(()),
            false => Err(format!("purged, and left: {}", left.join(" ")).into()),
        }
    })?;
    let Told { server, python } = told;
    Ok(format!(
        "{server}, Python {python}; removed without a trace"
    ))
}

/// Runs the distribution's server with the distribution's settings, as the user whom it made for it.
fn serve<T>(chroot: &Chroot, work: impl FnOnce(&Server) -> Result<T>) -> Result<T> {
    let folder = chroot.folder(FOLDER)?;
    let words = ["runuser", "-u", "redis", "--", "redis-server"];
    let mut command = chroot.command(Network::None, &words);
    command
        .arg("/etc/redis/redis.conf")
        .args(trial::settings(Path::new(FOLDER)));
    work(&Server::spawn(command, folder)?)
}
