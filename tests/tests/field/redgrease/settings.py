"""Section 3.3: the settings, each by its property and all by their names."""

from stage import equal, gears, matches

config = gears.config
for name, value in [
    ("MaxExecutions", 77),
    ("MaxExecutionsPerRegistration", 78),
    ("ExecutionMaxIdleTime", 1234),
    ("PythonInstallReqMaxIdleTime", 2345),
    ("SendMsgRetries", 5),
    ("ProfileExecutions", True),
    ("ProfileExecutions", False),
    ("PythonAttemptTraceback", False),
    ("PythonAttemptTraceback", True),
]:
    setattr(config, name, value)
    equal(getattr(config, name), value)
    equal(config.get(name)[name], value)
    equal(config.get_single(name), value)
equal(config.ExecutionThreads >= 1, True)
equal(len(config.PythonInstallationDir) > 0, True)
for fixed in (config.CreateVenv, config.DownloadDeps):
    equal(isinstance(fixed, bool), True)
for fixed in (config.DependenciesUrl, config.DependenciesSha256):
    equal(isinstance(fixed, str), True)
equal(config.set({"MaxExecutions": 79, "mine": "my own"}, SendMsgRetries=6), True)
came = config.get("MaxExecutions", "SendMsgRetries", "mine")
equal((came["MaxExecutions"], came["SendMsgRetries"], came["mine"]), (79, 6, b"my own"))
matches(config.get("nobody")["nobody"], "*Unsupported config parameter: nobody")
equal(config.set({"ExecutionThreads": 1}), False)
