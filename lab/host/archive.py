# SPDX-License-Identifier: MIT
"""Packages from the distribution's archive, unpacked into the cache; the system is not touched.

apt runs with a state of its own (lists, archives, sources) below the cache. The mirror is the one
that this system's own sources name for its own release, so that a proxy, a mirror or a snapshot
that somebody has set up here is used for other releases too.
"""
import json
import os
import re
import shutil
import subprocess
import time

LISTS_ARE_OLD_AFTER_S = 7 * 86400


class ArchiveError(Exception):
    pass


def os_release(name):
    with open("/etc/os-release") as file:
        for line in file:
            key, _, value = line.strip().partition("=")
            if key == name:
                return value.strip('"')
    return ""


def tool(command, seconds, **options):
    """Output of a command, or ArchiveError with its last words."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds,
                              **{"stdin": subprocess.DEVNULL, **options})
    except FileNotFoundError:
        raise ArchiveError("there is no %s here: kernels are fetched as Debian packages" % command[0])
    except subprocess.TimeoutExpired:
        raise ArchiveError("%s took more than %d s; is the mirror reachable?" % (command[0], seconds))
    if done.returncode:
        words = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        raise ArchiveError("%s: %s" % (command[0], " ".join(words[-3:]) or "status %d" % done.returncode))
    return done.stdout


class Archive:
    def __init__(self, cache, say):
        self.root = os.path.join(cache, "apt")
        self.unpacked = os.path.join(cache, "packages")
        self.say = say
        for name in ("lists/partial", "archives/partial", "sources.d"):
            os.makedirs(os.path.join(self.root, name), exist_ok=True)
        os.makedirs(self.unpacked, exist_ok=True)

    def options(self):
        state = {
            "Dir::State::Lists": "lists", "Dir::Cache": "", "Dir::Cache::archives": "archives",
            "Dir::Etc::SourceList": "sources.list", "Dir::Etc::SourceParts": "/dev/null",
            # What this system has installed must not decide what is fetched.
            "Dir::State::status": "status", "Dir::State::extended_states": "extended_states",
            "Dir::Etc::Preferences": "/dev/null", "Dir::Etc::PreferencesParts": "/dev/null",
        }
        words = []
        for key, value in state.items():
            path = value if value.startswith("/") else os.path.join(self.root, value)
            words += ["-o", "%s=%s" % (key, path)]
        return words + ["-o", "Debug::NoLocking=true", "-o", "APT::Default-Release=",
                        "-o", "APT::Install-Recommends=false", "-o", "Acquire::Languages=none",
                        "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2",
                        "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20"]

    def apt(self, *words, seconds=60):
        return tool([words[0], *self.options(), *words[1:]], seconds,
                    env=dict(os.environ, LC_ALL="C.UTF-8", DEBIAN_FRONTEND="noninteractive"))

    @staticmethod
    def mirrors():
        """(archive, its keyring), the same for security, as the system's own sources name them."""
        own = os_release("VERSION_CODENAME")
        found = {}
        text = tool(["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI) $(SIGNED_BY)",
                     "Created-By: Packages"], 30)
        for line in text.splitlines():
            release, component, uri, *key = line.split()
            if component == "main" and release in (own, own + "-security"):
                found.setdefault(release[len(own):], (uri, " ".join(key)))
        if "" not in found:
            raise ArchiveError("this system's apt sources name no mirror for its own release (%s main)"
                               % (own or "not named by /etc/os-release"))
        return found[""], found.get("-security", found[""])

    def sources(self, suites):
        main, security = self.mirrors()
        lines = []
        for suite in suites:
            uri, key = security if suite.endswith("-security") else main
            # A key is a file, a fingerprint or a whole block: only a file travels in one line.
            signed = " signed-by=%s" % key if key.startswith("/") else ""
            lines.append("deb [arch=amd64%s] %s %s main\n" % (signed, uri, suite))
        return "".join(lines)

    def update(self, suites):
        """Reads the lists of the suites, once a week."""
        wanted, file = self.sources(suites), os.path.join(self.root, "sources.list")
        stamp = os.path.join(self.root, "updated")
        open(os.path.join(self.root, "status"), "a").close()
        try:
            with open(file) as old:
                if old.read() == wanted and time.time() - os.stat(stamp).st_mtime < LISTS_ARE_OLD_AFTER_S:
                    return
        except OSError:
            pass
        with open(file, "w") as new:
            new.write(wanted)
        self.say("reading the package lists of %s" % ", ".join(suites))
        try:
            self.apt("apt-get", "-qq", "update", seconds=300)
        except ArchiveError as error:
            if not os.path.exists(stamp):
                raise
            self.say("using the old lists: %s" % error)
        if os.path.exists(os.path.join(self.root, "answers.json")):
            os.unlink(os.path.join(self.root, "answers.json"))
        with open(stamp, "w"):
            pass

    def ask(self, *words):
        """What apt says of the lists, which is kept as long as they are: apt is slow to start."""
        file = os.path.join(self.root, "answers.json")
        answers, key = {}, " ".join(words)
        try:
            with open(file) as old:
                answers = json.load(old)
        except (OSError, ValueError):
            pass
        if key not in answers:
            answers[key] = self.apt(*words)
            with open("%s.%d" % (file, os.getpid()), "w") as new:
                json.dump(answers, new)
            os.rename(new.name, file)
        return answers[key]

    def find(self, prefix):
        return self.ask("apt-cache", "pkgnames", prefix).split()

    def depends(self, package):
        return re.findall(r"^ *Depends: (\S+)", self.ask("apt-cache", "depends", package), re.M)

    def closure(self, *packages):
        """(name, version) of the packages and of all that they depend on."""
        found = []
        for line in self.ask("apt-get", "install", "-y", "--simulate", *packages).splitlines():
            words = line.split()
            if words[:1] == ["Inst"]:
                found.append((words[1], words[2].lstrip("(")))
        return found

    def version(self, package):
        for line in self.ask("apt-cache", "policy", package).splitlines():
            if "Candidate:" in line and "(none)" not in line:
                return line.split()[-1]
        raise ArchiveError("the archive has no package %s" % package)

    def fetch(self, package, version=None):
        """The folder into which this version of the package was unpacked, now or earlier."""
        version = version or self.version(package)
        folder = os.path.join(self.unpacked, "%s_%s" % (package, version.replace(":", "%3a")))
        if os.path.isdir(folder):
            return folder
        self.say("fetching %s %s" % (package, version))
        work = "%s.%d" % (folder, os.getpid())
        os.makedirs(work)
        try:
            tool(["apt-get", *self.options(), "-qq", "download", "%s=%s" % (package, version)], 600, cwd=work)
            deb = [name for name in os.listdir(work) if name.endswith(".deb")][0]
            tool(["dpkg-deb", "-x", deb, "root"], 300, cwd=work)
            os.rename(os.path.join(work, "root"), folder)
        except OSError:
            # Another run of the lab may have been faster: that is as good.
            if not os.path.isdir(folder):
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return folder
