package io.zrepl.rpc;

import io.zrepl.transport.Connection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What both sides send first: the version of the protocol, and names of what they can do beyond it.
 *
 * <p>Go zrepl reads and ignores such names. They only tell what the sender of the banner
 * understands; whoever reads them may make use of it, and without them everything still works.
 *
 * @param version 1 to 9999
 * @param extensions without line ends
 */
public record Banner(int version, List<String> extensions) {
  /** The version that both sides must have. */
  public static final int VERSION = 7;

  /** Understands that a refusal for lack of capacity is no failure. */
  public static final String RESOURCE_EXHAUSTED = "resource-exhausted";

  /** Understands {@link FailureDetails} before the text of a failure. */
  public static final String FAILURE_DETAILS = "failure-details";

  /** Understands {@link io.zrepl.rpc.message.SizeMessages}. */
  public static final String FILESYSTEM_SIZES = "filesystem-sizes";

  /** Understands {@link io.zrepl.rpc.frame.Frame.Progress}. */
  public static final String PROGRESS = "progress";

  /** Ours. */
  public static final Banner OURS =
      new Banner(VERSION, List.of(RESOURCE_EXHAUSTED, FAILURE_DETAILS, FILESYSTEM_SIZES, PROGRESS));

  /** That of Go zrepl 0.6 and 0.7. */
  public static final Banner PLAIN = new Banner(VERSION, List.of());

  private static final int LENGTH_DIGITS = 10;
  private static final int PREFIX = LENGTH_DIGITS + 1;
  private static final int LONGEST_BODY = 65_536;
  private static final Pattern LENGTH = Pattern.compile("([0-9]{10}) ");
  private static final Pattern FIRST_LINE =
      Pattern.compile("ZREPL_ZFS_REPLICATION PROTOVERSION=([0-9]{4}) EXTENSIONS=([0-9]{4})\n");

  /** Copies the list. */
  public Banner {
    extensions = List.copyOf(extensions);
  }

  /** Whether its sender understands something. */
  public boolean has(String extension) {
    return extensions.contains(extension);
  }

  /** What both sides understand. */
  public Banner common(Banner other) {
    return new Banner(version, extensions.stream().filter(other::has).toList());
  }

  /** Its bytes. */
  public ByteBuffer encode() {
    StringBuilder body =
        new StringBuilder(
            "ZREPL_ZFS_REPLICATION PROTOVERSION=%04d EXTENSIONS=%04d\n"
                .formatted(version, extensions.size()));
    extensions.forEach(extension -> body.append(extension).append('\n'));
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    byte[] prefix = "%010d ".formatted(bytes.length).getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(prefix.length + bytes.length).put(prefix).put(bytes).flip();
  }

  /**
   * Reads one; never more bytes than it has.
   *
   * @throws ProtocolException if it is malformed or too long
   */
  public static Banner read(Connection connection) throws IOException {
    ByteBuffer prefix = ByteBuffer.allocate(PREFIX);
    connection.readFully(prefix);
    ByteBuffer body = ByteBuffer.allocate(bodyLength(prefix.flip()));
    connection.readFully(body);
    return parse(body.flip());
  }

  private static int bodyLength(ByteBuffer prefix) throws ProtocolException {
    String text = StandardCharsets.ISO_8859_1.decode(prefix).toString();
    Matcher matcher = LENGTH.matcher(text);
    if (!matcher.matches()) {
      throw new ProtocolException(
          "the other end does not speak the protocol of zrepl: it sent \"%s\""
              .formatted(printable(text)));
    }
    long length = Long.parseLong(matcher.group(1));
    if (length > LONGEST_BODY) {
      throw new ProtocolException(
          "a version banner of %d bytes; at most %d are allowed".formatted(length, LONGEST_BODY));
    }
    return (int) length;
  }

  /** Parses what follows the length. */
  static Banner parse(ByteBuffer body) throws ProtocolException {
    String text = decode(body);
    Matcher matcher = FIRST_LINE.matcher(text);
    if (!matcher.lookingAt()) {
      throw new ProtocolException("a malformed version banner: \"%s\"".formatted(printable(text)));
    }
    int version = Integer.parseInt(matcher.group(1));
    int count = Integer.parseInt(matcher.group(2));
    String rest = text.substring(matcher.end());
    List<String> lines = List.of(rest.split("\n", -1));
    boolean complete = rest.isEmpty() || rest.endsWith("\n");
    if (version < 1 || !complete || lines.size() - 1 != count) {
      throw new ProtocolException(
          "a malformed version banner: version %d, %d extensions announced, %d sent"
              .formatted(version, count, lines.size() - 1));
    }
    return new Banner(version, lines.subList(0, count));
  }

  private static String decode(ByteBuffer body) throws ProtocolException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(body.duplicate()).toString();
    } catch (CharacterCodingException e) {
      throw new ProtocolException("a version banner that is not UTF-8");
    }
  }

  private static String printable(String text) {
    String start = text.substring(0, Math.min(80, text.length()));
    return start.replaceAll("[^ -~]", "?");
  }

  /**
   * Exchanges banners; both sides write first.
   *
   * @return that of the other side, of the same version
   * @throws ProtocolException if it is malformed, or of another version
   */
  public Banner exchange(Connection connection) throws IOException {
    connection.writeFully(encode());
    Banner theirs = read(connection);
    if (theirs.version != version) {
      throw new ProtocolException(
          "protocol versions do not match: ours is %d, theirs is %d (zrepl 0.6 and 0.7 have 7)"
              .formatted(version, theirs.version));
    }
    return theirs;
  }
}
