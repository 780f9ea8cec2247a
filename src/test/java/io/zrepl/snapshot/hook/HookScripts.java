package io.zrepl.snapshot.hook;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.DatasetFilter;
import io.zrepl.model.DatasetPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;

/** Command hooks whose programs are little shell scripts in a folder. */
final class HookScripts {
  static final HookSubject SUBJECT = new HookSubject(DatasetPath.of("tank/db"), "zrepl_1");

  private final Path folder;
  private int count;

  HookScripts(Path folder) {
    this.folder = folder;
  }

  static DatasetFilter filter(Map<String, Boolean> patterns) {
    try {
      return DatasetFilter.of(patterns);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static HookSettings.Common common(Duration timeout, boolean fatal) {
    return new HookSettings.Common(filter(Map.of("<", true)), timeout, fatal);
  }

  /** The path of a new executable script. */
  Path script(String body) {
    try {
      Path script = folder.resolve("hook" + ++count);
      Files.writeString(script, "#!/bin/sh\n" + body + "\n");
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
      return script;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  HookSettings command(String body, Duration timeout, boolean fatal) {
    return new HookSettings.Command(common(timeout, fatal), script(body).toString());
  }

  HookSettings command(String body, boolean fatal) {
    return command(body, Duration.ofSeconds(30), fatal);
  }

  /** Does something before only. */
  HookSettings before(String body, boolean fatal) {
    return command("[ $ZREPL_HOOKTYPE = pre_snapshot ] || exit 0\n" + body, fatal);
  }

  /** Does something after only. */
  HookSettings after(String body, boolean fatal) {
    return command("[ $ZREPL_HOOKTYPE = post_snapshot ] || exit 0\n" + body, fatal);
  }
}
