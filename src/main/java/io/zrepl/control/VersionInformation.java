package io.zrepl.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Properties;

/**
 * Which program it is, and what it runs on. The names are those of Go's runtime, which the JSON and
 * the text of the version command use.
 *
 * @param version of zrepl
 * @param runtime for us the version of Java, for example {@code java25.0.3}
 * @param operatingSystem for example {@code linux}
 * @param architecture for example {@code amd64}
 * @param compiler for us the name of the virtual machine
 */
public record VersionInformation(
    String version, String runtime, String operatingSystem, String architecture, String compiler) {

  private static final String RESOURCE = "version.properties";

  /** The running program. */
  public static VersionInformation current() {
    return new VersionInformation(
        programVersion(),
        "java" + System.getProperty("java.version", "unknown"),
        System.getProperty("os.name", "unknown").toLowerCase(Locale.ROOT),
        System.getProperty("os.arch", "unknown"),
        System.getProperty("java.vm.name", "unknown").replace(' ', '-'));
  }

  private static String programVersion() {
    Properties properties = new Properties();
    try (InputStream resource = VersionInformation.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IllegalStateException(RESOURCE + " is missing: the program is damaged");
      }
      properties.load(resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }

  /** One line for people and log files. */
  @Override
  public String toString() {
    return "zrepl version="
        + version
        + " go="
        + runtime
        + " GOOS="
        + operatingSystem
        + " GOARCH="
        + architecture
        + " Compiler="
        + compiler;
  }
}
