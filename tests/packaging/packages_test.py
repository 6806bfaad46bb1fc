"""From nothing to a replica that follows unghost, as README and docs/install.md say it, in a fresh Debian: deb, tarball, the
environment of a container; what a purge leaves; the rpm's contents; the unit, the pages and the completions.

The packages are those of packaging/build.sh, in build/package or in the folder $UNGHOST_PACKAGES. Needs root.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'live'))
import testbed
from testbed import check, wait_until

PACKAGES = Path(os.environ.get('UNGHOST_PACKAGES') or testbed.ROOT / 'build' / 'package')
RELEASES = ('bookworm', 'trixie')  # Debian 12 and 13


def package(pattern):
    found = sorted(PACKAGES.glob(pattern))
    check(len(found) == 1, f'{len(found)} of {pattern} in {PACKAGES}: run packaging/build.sh')
    return found[0]


def mirror():
    """Where this machine's apt has Debian from."""
    given = subprocess.run(['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Origin: Debian',
                            'Label: Debian'], capture_output=True, text=True, check=True).stdout.split()
    check(given, 'apt knows no Debian mirror: apt-get update')
    return given[0]


def fresh(release):
    """A Debian with nothing in it, made once, in the cache."""
    home = testbed.CACHE / f'debian-{release}'
    if not (home / '.complete').exists():
        new = testbed.CACHE / f'new.debian-{release}'
        shutil.rmtree(new, ignore_errors=True)
        testbed.run(['debootstrap', '--variant=minbase', release, new, mirror()], what=f'debootstrap {release}')
        (new / '.complete').touch()
        shutil.rmtree(home, ignore_errors=True)
        new.rename(home)
    return home


class Root:
    """A copy of a fresh Debian, in which commands run. What they mount goes with them."""

    def __init__(self, release, folder):
        self.folder = folder / release
        folder.mkdir(parents=True, exist_ok=True)
        testbed.run(['cp', '-a', '--reflink=auto', fresh(release), self.folder], what='copy of a fresh Debian')
        shutil.copy('/etc/resolv.conf', self.folder / 'etc/resolv.conf')
        for file in ('etc/apt/apt.conf', 'etc/apt/apt.conf.d', 'usr/share/ca-certificates', 'etc/ssl/certs',
                     'usr/local/share/ca-certificates'):
            # How this machine reaches its mirror: a proxy, certificates.
            from_here = Path('/') / file
            if from_here.is_dir():
                shutil.copytree(from_here, self.folder / file, dirs_exist_ok=True, symlinks=True)
            elif from_here.exists():
                shutil.copy(from_here, self.folder / file)
        self.said = []

    def argv(self, command, user='root', alone=()):
        inside = 'mount -t proc proc "$0/proc" && exec chroot --userspec="$1" "$0" /bin/sh -c "$2"'
        return ['unshare', '--mount', *alone, 'sh', '-c', inside, str(self.folder), user, command]

    def run(self, command, user='root', codes=(0,)):
        environment = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND': 'noninteractive', 'HOME': '/root',
                       **{name: value for name, value in os.environ.items() if name.lower().endswith('_proxy')}}
        # With processes of its own: userdel asks whether the user has any.
        done = subprocess.run(self.argv(command, user, ('--pid', '--fork')), env=environment, capture_output=True, text=True, timeout=600)
        text = done.stdout + done.stderr
        self.said.append(f'# {command}\n{text}')
        check(done.returncode in codes, f'{command}: {done.returncode}\n{text[-3000:]}')
        return text

    def start(self, command, user, log, environment=None):
        """A process in it, without the environment of ours."""
        return testbed.start_process(self.argv('exec ' + command, user), log=log,
                                     env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', **(environment or {})})

    def files(self):
        """Of the packages' places and the homes of data and settings."""
        places = ('etc', 'usr', 'var', 'run', 'home', 'opt', 'root')
        changing = re.compile('^(var/(cache|log|lib/(apt|dpkg|systemd|pam|adduser|misc))|etc/ld.so.cache|usr/share/man/index)')
        return {str(file.relative_to(self.folder)) for place in places for file in (self.folder / place).rglob('*')
                if not changing.match(str(file.relative_to(self.folder)))}


def configure(root, source, port, admin):
    """As docs/install.md says it: the source's address, the password, where to listen."""
    file = root.folder / 'etc/unghost/main.toml'
    text = file.read_text()
    for key, value in (('address = "CHANGE-ME:3306"', f'address = "{source.host}:{source.port}"'),
                       ('user = "unghost"', f'user = "{source.replication_user}"'),
                       ('"127.0.0.1:3307"', f'"127.0.0.1:{port}"'), ('"127.0.0.1:9307"', f'"127.0.0.1:{admin}"')):
        check(key in text, f'{key} is not in main.toml')
        text = text.replace(key, value, 1)
    file.write_text(text)
    root.run(f"umask 027; echo '{source.replication_password}' > /etc/unghost/source.password; "
             'chown root:unghost /etc/unghost/source.password')


def exec_start(root):
    unit = (root.folder / 'usr/lib/systemd/system/unghost@.service').read_text()
    return re.search('^ExecStart=(.*)$', unit, re.MULTILINE).group(1).replace('%i', 'main')


def moved(root, folder, source, process_of, port, status):
    """A replica of the source is moved to what runs, and back; a migration folds on its way."""
    replica = testbed.Server('9.7', folder / 'replica')
    testbed.replicate(replica, source.host, source.port, source.replication_user, source.replication_password)
    testbed.wait_caught_up(source, replica)
    process = process_of()
    wait_until('it is safe to move', lambda: 'can be moved' in root.run(status, 'unghost', (0, 1, 3)), 60)
    replica.sql(f"STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}; START REPLICA")
    testbed.gh_ost(source, '1.1.8', 'shop', 'orders', 'ADD COLUMN a int').succeed()
    testbed.wait_caught_up(source, replica)
    testbed.check_equal(source, replica)
    check(testbed.replica_status(replica)['Source_Port'] == port, 'it follows another')
    tables = {row[0] for row in replica.sql('SHOW TABLES FROM shop')}
    check(tables == {'orders'}, f'the replica has seen helper tables: {tables}')
    replica.sql(f'STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_PORT={source.port}; START REPLICA')
    source.sql('DELETE FROM shop.orders LIMIT 1')
    testbed.wait_caught_up(source, replica)
    return process


def make_source(folder):
    source = testbed.Server('9.7', folder / 'source')
    testbed.make_table(source, 'shop.orders', rows=300)
    return source


def deb(folder, release):
    began = time.monotonic()
    source = make_source(folder)
    root = Root(release, folder / 'root')
    port, admin = testbed.free_port(), testbed.free_port()
    # What it depends on belongs to others: its files are no traces of ours.
    root.run('apt-get update -q && apt-get install -q -y --no-install-recommends adduser '
             f"{'libssl3' if release == 'bookworm' else 'libssl3t64'}")
    before = root.files()
    shutil.copy(package('unghost_*_amd64.deb'), root.folder / 'srv/unghost.deb')
    root.run('apt-get install -q -y --no-install-recommends /srv/unghost.deb')
    for place, mode, owner in (('etc/unghost', 0o750, 0), ('var/lib/unghost', 0o750, None)):
        is_ = (root.folder / place).stat()
        check(is_.st_mode & 0o777 == mode and (is_.st_uid == owner or owner is None and is_.st_uid != 0), f'{place}: {is_}')
    configure(root, source, port, admin)
    text = root.run('unghost check --config /etc/unghost/main.toml', 'unghost')
    check('can be served' in text and 'FAIL' not in text and 'configuration: nothing is missing' in text, text)
    status = 'unghost status --config /etc/unghost/main.toml'
    process = moved(root, folder, source, lambda: root.start(exec_start(root), 'unghost', folder / 'log'), port, status)
    text = root.run('unghost reload --config /etc/unghost/main.toml', 'unghost')
    check('nothing has changed' in text, text)
    text = root.run('unghost migrations --config /etc/unghost/main.toml', 'unghost')
    check('cut over' in text and 'ADD COLUMN' in text, text)
    testbed.end_process(process)
    print(f'      {release}: installed, checked, served and a replica moved in {time.monotonic() - began:.0f} s', flush=True)

    # An upgrade keeps what was configured.
    root.run('apt-get install -q -y --reinstall /srv/unghost.deb')
    check(str(source.port) in (root.folder / 'etc/unghost/main.toml').read_text(), 'the configuration is gone')
    # A purge leaves the data and its owner, and nothing else.
    root.run('apt-get purge -q -y unghost')
    root.run('rm /srv/unghost.deb')
    left = {name for name in root.files() - before if not name.startswith('var/lib/unghost')}
    left -= {'etc/passwd-', 'etc/group-', 'etc/shadow-', 'etc/gshadow-', 'etc/subuid-', 'etc/subgid-', 'run/adduser'}
    check(not left, f'left: {sorted(left)[:20]}')
    check((root.folder / 'var/lib/unghost/main').is_dir(), 'the data is gone')
    check('unghost' in root.run('getent passwd unghost'), 'the owner of the data is gone')
    # Without data nothing is left, nobody either.
    root.run('rm -rf /var/lib/unghost/*')
    shutil.copy(package('unghost_*_amd64.deb'), root.folder / 'srv/unghost.deb')
    root.run('apt-get install -q -y --no-install-recommends /srv/unghost.deb && apt-get purge -q -y unghost')
    check(not (root.folder / 'var/lib/unghost').exists(), 'an empty data folder is left')
    root.run('getent passwd unghost', codes=(2,))


def test_a_deb_in_a_fresh_debian_12(folder):
    deb(folder, 'bookworm')


def test_a_deb_in_a_fresh_debian_13(folder):
    """As Ubuntu 24.04, its libssl has another package's name."""
    deb(folder, 'trixie')


def test_the_tarball_in_a_fresh_debian_12_with_settings_by_the_environment(folder):
    """Without an installer: unpacked, and configured as a container is."""
    source = make_source(folder)
    root = Root('bookworm', folder / 'root')
    root.run('apt-get update -q && apt-get install -q -y --no-install-recommends libssl3')
    testbed.run(['tar', '-xzf', package('unghost-*-linux-x86_64.tar.gz'), '-C', root.folder / 'opt'], what='tar')
    root.run('useradd --system unghost && install -d -o unghost /var/lib/unghost && ln -s /opt/unghost-*/bin/unghost /usr/bin/')
    root.run(f"install -d /run/secrets && echo '{source.replication_password}' > /run/secrets/source && "
             'chown unghost /run/secrets/source && chmod 600 /run/secrets/source')
    port = testbed.free_port()
    settings = {'UNGHOST_SOURCE_ADDRESS': f'{source.host}:{source.port}', 'UNGHOST_SOURCE_USER': source.replication_user,
                'UNGHOST_SOURCE_PASSWORD_FILE': '/run/secrets/source', 'UNGHOST_STORE_FOLDER': '/var/lib/unghost/main',
                'UNGHOST_LISTEN_ADDRESS': f'127.0.0.1:{port}', 'UNGHOST_ADMIN_ADDRESS': f'127.0.0.1:{testbed.free_port()}'}
    given = ' '.join(f'{name}={value}' for name, value in settings.items())
    check('nothing is missing' in root.run(f'{given} unghost check --file-only', 'unghost'), 'the settings are not enough')
    # The container's health check.
    health = re.search('^HEALTHCHECK .* CMD (.*)$', (testbed.ROOT / 'packaging/Containerfile').read_text(), re.MULTILINE)
    root.run(f'export {given}; {health.group(1)}', 'unghost', codes=(1,))
    moved(root, folder, source, lambda: root.start('unghost serve', 'unghost', folder / 'log', settings), port,
          f'{given} unghost status')
    root.run(f'export {given}; {health.group(1)}', 'unghost')


def test_the_rpm_holds_the_same_and_asks_for_nothing_newer_than_rhel_9_has(folder):
    rpm = package('unghost-*.x86_64.rpm')

    def ask(*words):
        return testbed.run(['rpm', '-qp', *words, rpm], what='rpm').splitlines()
    files = set(ask('--list'))
    of_deb = {line.split()[-1].lstrip('.') for line in testbed.run(
        ['dpkg-deb', '--contents', package('unghost_*_amd64.deb')], what='dpkg-deb').splitlines()
        if not line.startswith('d')}
    check(of_deb - {file for file in files} == set(), f'the rpm lacks {of_deb - files}')
    check(ask('--configfiles') == ['/etc/unghost/main.toml'], str(ask('--configfiles')))
    requires = ask('--requires')
    glibc = [tuple(map(int, one.split('.'))) for line in requires for one in re.findall(r'GLIBC_([\d.]+)\)', line)]
    check(glibc and max(glibc) <= (2, 34), str(requires))
    check(any(line.startswith('libssl.so.3') for line in requires), str(requires))
    check(not any('stdc++' in line for line in requires), str(requires))
    scripts = '\n'.join(ask('--scripts'))
    for word in ('useradd -r -g unghost', 'daemon-reload', 'try-restart', 'chmod 0750 /etc/unghost'):
        check(word in scripts, f'{word}: {scripts}')
    # Unpacked, it runs.
    (folder / 'rpm').mkdir(parents=True)
    testbed.run(['sh', '-c', f'rpm2cpio {rpm} | (cd {folder}/rpm && cpio -id --quiet)'], what='rpm2cpio')
    testbed.run([folder / 'rpm/usr/bin/unghost', '--version'], what='unghost of the rpm')


def unpacked(folder):
    testbed.run(['dpkg-deb', '-x', package('unghost_*_amd64.deb'), folder], what='dpkg-deb')
    return folder


def test_the_unit_is_right_and_safe(folder):
    root = unpacked(folder / 'deb')
    unit = root / 'usr/lib/systemd/system/unghost@.service'
    text = unit.read_text()
    named = unit.with_name('unghost@main.service')
    # What it runs is not installed on this machine.
    named.write_text(text.replace('/usr/bin/unghost', str(root / 'usr/bin/unghost')))
    done = subprocess.run(['systemd-analyze', 'verify', '--man=no', named], capture_output=True, text=True)
    check(done.returncode == 0 and str(named.name) not in done.stderr, done.stderr)
    named.write_text(text)
    done = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--no-pager', named], capture_output=True, text=True)
    level = re.search(r'Overall exposure level for \S+: ([\d.]+)', done.stdout)
    check(level and float(level.group(1)) <= 2.0, done.stdout[-2000:] + done.stderr)
    print(f'      exposure level {level.group(1)}', flush=True)
    for line in ('Type=notify', 'WatchdogSec=', 'LimitNOFILE=', 'ProtectSystem=strict', 'UMask=0077', 'ExecReload='):
        check(f'\n{line}' in text, f'{line} is not in the unit')


def test_pages_and_completions_name_every_command_and_flag(folder):
    root = unpacked(folder / 'deb')
    unghost = root / 'usr/bin/unghost'

    def help_of(*words):
        return testbed.run([unghost, *words, '--help'], what='help')
    commands = re.findall('^  ([a-z]+)  ', help_of().partition('Subcommands:')[2], re.MULTILINE)
    check(len(commands) >= 12, str(commands))
    page = testbed.run(['sh', '-c', f'gzip -dcf {root}/usr/share/man/man1/unghost.1*'], what='the page')
    scripts = {'bash': root / 'usr/share/bash-completion/completions/unghost',
               'zsh': root / 'usr/share/zsh/site-functions/_unghost',
               'fish': root / 'usr/share/fish/vendor_completions.d/unghost.fish'}
    for shell, script in scripts.items():
        testbed.run([shell, '-n', script], what=f'{shell} -n')
    for command in commands:
        check(f'\n.Ss {command}' in page, f'{command} is not in the page')
        flags = set(re.findall(r'^ +(?:-\w,)?(--[a-z-]+)', help_of(command).partition('Examples:')[0],
                               re.MULTILINE)) - {'--help'}
        for shell, script in scripts.items():
            text = script.read_text()
            lines = '\n'.join(line for line in text.splitlines() if re.search(rf"\b{command}\b", line)) \
                if shell != 'zsh' else text.partition(f'                {command}) ')[2].partition(';;')[0]
            check(lines or not flags, f'{shell} does not know {command}')
            for flag in flags:
                sought = f'-l {flag[2:]} ' if shell == 'fish' else flag
                check(sought in lines + ' ', f'{shell}: {command} {flag}')
        for flag in flags:
            check(flag[2:].replace('-', '\\-') in page, f'{command} {flag} is not in the page')
    for name in ('man1/unghost.1', 'man5/unghost.toml.5'):
        done = subprocess.run(['sh', '-c', f'gzip -dcf {root}/usr/share/man/{name}* | mandoc -T utf8 -W error'],
                              capture_output=True, text=True)
        check(done.returncode == 0 and not done.stderr, done.stderr)
    # bash offers them.
    offered = testbed.run(['bash', '-c', f'. {scripts["bash"]}; COMP_WORDS=(unghost re); COMP_CWORD=1; _unghost; '
                           'echo ${COMPREPLY[*]}; COMP_WORDS=(unghost status --d); COMP_CWORD=2; _unghost; '
                           'echo ${COMPREPLY[*]}'], what='completion')
    check(offered.split() == ['resume', 'reload', '--data'], offered)


def test_alerts_fire_and_are_quiet_and_the_dashboard_asks_for_what_is_there(folder):
    contrib = unpacked(folder / 'deb') / 'usr/share/doc/unghost/contrib'
    testbed.run(['promtool', 'check', 'rules', contrib / 'alerts.yml'], what='promtool check rules')
    testbed.run(['promtool', 'test', 'rules', contrib / 'alerts_test.yml'], what='promtool test rules')
    known = set(re.findall(r'^\| `((?:unghost|process)_[a-z_]+)`', (testbed.ROOT / 'docs/metrics.md').read_text(), re.MULTILINE))
    for name in ('alerts.yml', 'grafana.json'):
        used = set(re.findall(r'\b(?:unghost|process)_[a-z_]+\b', (contrib / name).read_text()))
        check(used and used <= known, f'{name} asks for {used - known}')


for test in (test_a_deb_in_a_fresh_debian_12, test_a_deb_in_a_fresh_debian_13,
             test_the_tarball_in_a_fresh_debian_12_with_settings_by_the_environment):
    test.timeout = 1200
