package io.zrepl.config;

import io.zrepl.config.schema.Bound;
import io.zrepl.config.schema.Reading;
import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.Problem;
import io.zrepl.config.yaml.Problems;
import io.zrepl.config.yaml.SourceText;
import io.zrepl.config.yaml.YamlNode;
import io.zrepl.config.yaml.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds and reads configuration files. Stateless; any thread may call. */
public final class ConfigurationLoader {
  /** Where a configuration is looked for, in this order, if none is named. */
  public static final List<Path> USUAL_PLACES =
      List.of(Path.of("/etc/zrepl/zrepl.yml"), Path.of("/usr/local/etc/zrepl/zrepl.yml"));

  /** Thousands of jobs fit into it. */
  private static final int LARGEST_FILE = 4 << 20;

  private ConfigurationLoader() {}

  /**
   * Finds the file to read.
   *
   * @param named the file that the user names; taken as it is
   * @throws ConfigurationException if none is named and there is none in the {@link #USUAL_PLACES},
   *     or the first that is there is not a regular file
   */
  public static Path find(Optional<Path> named) throws ConfigurationException {
    return find(named, USUAL_PLACES);
  }

  static Path find(Optional<Path> named, List<Path> places) throws ConfigurationException {
    // An empty --config is the same as none.
    Optional<Path> given = named.filter(path -> !path.toString().isEmpty());
    if (given.isPresent()) {
      return given.get();
    }
    for (Path place : places) {
      if (Files.exists(place)) {
        if (!Files.isRegularFile(place)) {
          throw failure(place, "this is not a regular file");
        }
        return place;
      }
    }
    String all = places.stream().map(Path::toString).collect(Collectors.joining(" nor "));
    throw failure(
        places.getFirst(),
        "there is no configuration file, neither %s; name one with --config".formatted(all));
  }

  /**
   * Reads a file.
   *
   * @throws ConfigurationException if it cannot be read or is not valid; it has all problems
   */
  public static LoadedConfiguration load(Path file) throws ConfigurationException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LARGEST_FILE + 1);
    } catch (NoSuchFileException e) {
      throw failure(file, "there is no such file");
    } catch (AccessDeniedException e) {
      throw failure(file, "reading this file is not permitted");
    } catch (IOException e) {
      throw failure(file, Files.isDirectory(file) ? "this is a directory" : reason(e));
    }
    if (bytes.length > LARGEST_FILE) {
      throw failure(
          file,
          "the file is larger than %d MiB; is it the right one?".formatted(LARGEST_FILE >> 20));
    }
    return parse(file.toString(), decode(file, bytes));
  }

  /**
   * Reads a text.
   *
   * @param name how messages call it
   * @throws ConfigurationException if it is not valid; it has all problems
   */
  public static LoadedConfiguration parse(String name, String text) throws ConfigurationException {
    SourceText source = new SourceText(name, text, ConfigurationSchema.secrets());
    Problems problems = new Problems(source);
    Optional<YamlNode> root = YamlReader.read(source, problems);
    Optional<Bound<Configuration>> bound = root.flatMap(node -> bind(node, problems));
    if (problems.hasErrors() || bound.isEmpty()) {
      throw new ConfigurationException(problems.errors());
    }
    return new LoadedConfiguration(
        bound.get().value(), problems.warnings(), new ConfigurationDump(bound.get().plain()));
  }

  private static Optional<Bound<Configuration>> bind(YamlNode root, Problems problems) {
    YamlNode mapping = root.isNull() ? new YamlNode.Mapping(List.of(), root.position()) : root;
    Reading reading = new Reading(problems);
    Optional<Bound<Configuration>> bound = ConfigurationSchema.ROOT.read(mapping, "", reading);
    if (!reading.isExhausted()) {
      CrossChecks.check(mapping, problems);
    }
    if (!problems.hasErrors()) {
      bound.ifPresent(read -> Doubts.check(mapping, read.value(), problems));
    }
    return bound;
  }

  private static String decode(Path file, byte[] bytes) throws ConfigurationException {
    ByteOrderMark mark = ByteOrderMark.of(bytes);
    CharsetDecoder decoder =
        mark.charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes, mark.mark.length(), bytes.length - mark.mark.length());
    CharBuffer out = CharBuffer.allocate(bytes.length + 1);
    CoderResult result = decoder.decode(in, out, true);
    String text = out.flip().toString();
    if (result.isError()) {
      long line = 1 + text.chars().filter(c -> c == '\n').count();
      int column = text.codePointCount(text.lastIndexOf('\n') + 1, text.length()) + 1;
      throw new ConfigurationException(
          List.of(
              new Problem(
                  file.toString(),
                  (int) line,
                  column,
                  "",
                  "the bytes here are not %s; is this a text file?".formatted(mark.charset),
                  "")));
    }
    return text;
  }

  private enum ByteOrderMark {
    UTF_8(StandardCharsets.UTF_8, "\u00ef\u00bb\u00bf"),
    UTF_16BE(StandardCharsets.UTF_16BE, "\u00fe\u00ff"),
    UTF_16LE(StandardCharsets.UTF_16LE, "\u00ff\u00fe"),
    NONE(StandardCharsets.UTF_8, "");

    private final Charset charset;
    private final String mark; // one character per byte

    ByteOrderMark(Charset charset, String mark) {
      this.charset = charset;
      this.mark = mark;
    }

    static ByteOrderMark of(byte[] bytes) {
      String start = new String(bytes, 0, Math.min(bytes.length, 4), StandardCharsets.ISO_8859_1);
      for (ByteOrderMark candidate : values()) {
        if (start.startsWith(candidate.mark)) {
          return candidate;
        }
      }
      return NONE;
    }
  }

  private static String reason(IOException e) {
    return "reading failed: " + Optional.ofNullable(e.getMessage()).orElse(e.toString());
  }

  private static ConfigurationException failure(Path file, String message) {
    return new ConfigurationException(
        List.of(new Problem(Printable.clean(file.toString(), 4096), 0, 0, "", message, "")));
  }
}
