package io.zrepl.config;

import io.zrepl.config.yaml.Position;
import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.Problem;
import io.zrepl.config.yaml.SourceText;
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

/** Reads files as text. */
final class FileText {
  /** Thousands of jobs fit into it. */
  private static final int LARGEST_FILE = 4 << 20;

  private FileText() {}

  /** What may be no regular file: {@code --config /dev/stdin}, {@code --config <(program)}. */
  private static final List<Path> OPEN_ALREADY =
      List.of(Path.of("/dev/stdin"), Path.of("/dev/fd"), Path.of("/proc/self/fd"));

  /**
   * Reads a file that the user names.
   *
   * @throws ConfigurationException if that is not possible, or it is no text of a sensible size
   */
  static String readNamed(Path file) throws ConfigurationException {
    return OPEN_ALREADY.stream().anyMatch(file::startsWith) ? readAny(file) : read(file);
  }

  /**
   * Reads a regular file; another one, such as a named pipe, may never end.
   *
   * @throws ConfigurationException if that is not possible, or it is no text of a sensible size
   */
  static String read(Path file) throws ConfigurationException {
    if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
      throw failure(file, "this is not a regular file");
    }
    return readAny(file);
  }

  private static String readAny(Path file) throws ConfigurationException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LARGEST_FILE + 1);
    } catch (IOException e) {
      throw failure(file, Files.isDirectory(file) ? "this is a directory" : reason(e));
    }
    if (bytes.length > LARGEST_FILE) {
      throw failure(
          file,
          "the file is larger than %d MiB; is it the right one?".formatted(LARGEST_FILE >> 20));
    }
    return decode(file, bytes);
  }

  /** What a failure to read means for the user. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such file";
      case AccessDeniedException _ -> "reading this file is not permitted";
      default -> "reading failed: " + Optional.ofNullable(e.getMessage()).orElse(e.toString());
    };
  }

  static ConfigurationException failure(Path file, String message) {
    return new ConfigurationException(
        List.of(new Problem(Printable.clean(file.toString(), 4096), 0, 0, "", message, "")));
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
      String name = Printable.clean(file.toString(), 4096);
      SourceText source = new SourceText(name, text + "?", ConfigurationSchema.secrets());
      throw new ConfigurationException(
          List.of(
              new Problem(
                  name,
                  (int) line,
                  column,
                  "",
                  "the bytes here are not %s; is this a text file?".formatted(mark.charset),
                  source.snippet(new Position((int) line, column)))));
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
}
