package io.zrepl.rpc.message;

import io.zrepl.model.DatasetPath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * A {@code ListFilesystemReq} that asks how large some filesystems are, and its response: the
 * request of Go zrepl has no fields, and its {@code Filesystem} none for a size. Only sent to peers
 * that announce {@link io.zrepl.rpc.Banner#FILESYSTEM_SIZES}.
 */
public final class SizeMessages {
  /** Numbers that Go zrepl does not use, and will not soon. */
  private static final int SIZE_OF = 1001;

  private static final int USED_BYTES = 1001;

  /** How much of a request is accepted: what it says takes more memory than its bytes. */
  static final int LONGEST_REQUEST = 1 << 20;

  static final int MOST_ASKED = 10_000;

  private static final int FILESYSTEMS = 1;
  private static final int PATH = 1;

  private SizeMessages() {}

  /**
   * Divides a question into those that a peer accepts.
   *
   * @return together all, in their order
   */
  public static List<List<DatasetPath>> portions(List<DatasetPath> filesystems) {
    List<List<DatasetPath>> portions = new ArrayList<>();
    List<DatasetPath> portion = new ArrayList<>();
    int bytes = 0;
    for (DatasetPath filesystem : filesystems) {
      int length = encodeRequest(List.of(filesystem)).length;
      if (portion.size() == MOST_ASKED || bytes + length > LONGEST_REQUEST) {
        portions.add(List.copyOf(portion));
        portion.clear();
        bytes = 0;
      }
      portion.add(filesystem);
      bytes += length;
    }
    if (!portion.isEmpty()) {
      portions.add(List.copyOf(portion));
    }
    return portions;
  }

  /** Writes a request. */
  public static byte[] encodeRequest(List<DatasetPath> filesystems) {
    Encoder encoder = new Encoder();
    filesystems.forEach(filesystem -> encoder.text(SIZE_OF, filesystem.toString()));
    return encoder.bytes();
  }

  /**
   * Parses a request.
   *
   * @return the filesystems whose size is asked for; none in a request for a list
   * @throws InvalidMessageException if it is malformed, or a path is not valid
   */
  public static List<DatasetPath> parseRequest(byte[] bytes) throws InvalidMessageException {
    if (bytes.length > LONGEST_REQUEST) {
      throw new InvalidMessageException(
          "ListFilesystemReq has %d bytes; at most %d are allowed"
              .formatted(bytes.length, LONGEST_REQUEST));
    }
    List<DatasetPath> filesystems = new ArrayList<>();
    Fields.read(
        "ListFilesystemReq",
        bytes,
        field -> {
          if (field.isText(SIZE_OF)) {
            if (filesystems.size() == MOST_ASKED) {
              throw new InvalidMessageException(
                  "ListFilesystemReq.SizeOf has more than %d filesystems".formatted(MOST_ASKED));
            }
            filesystems.add(
                Fields.valid("ListFilesystemReq.SizeOf", field.text(), DatasetPath::parse));
          }
        });
    return filesystems;
  }

  /**
   * Writes a response.
   *
   * @param sizes in bytes
   */
  public static byte[] encodeResponse(Map<DatasetPath, Long> sizes) {
    Encoder encoder = new Encoder();
    sizes.forEach((filesystem, size) ->
        encoder.message(
            FILESYSTEMS,
            new Encoder().text(PATH, filesystem.toString()).evenZero(USED_BYTES, size).bytes()));
    return encoder.bytes();
  }

  /**
   * Parses a response.
   *
   * @return sizes in bytes; filesystems without one are left out
   * @throws InvalidMessageException if it is malformed, or one of its values is not valid
   */
  public static Map<DatasetPath, Long> parseResponse(byte[] bytes) throws InvalidMessageException {
    Map<DatasetPath, Long> sizes = new TreeMap<>();
    Fields.read(
        "ListFilesystemRes",
        bytes,
        field -> {
          if (field.isText(FILESYSTEMS)) {
            RawEntry entry = RawEntry.parse(field.bytes());
            if (entry.size.isPresent()) {
              sizes.put(
                  Fields.valid("Filesystem.Path", entry.path, DatasetPath::parse),
                  entry.size.getAsLong());
            }
          }
        });
    return sizes;
  }

  private static final class RawEntry {
    private String path = "";
    private OptionalLong size = OptionalLong.empty();

    static RawEntry parse(byte[] bytes) throws InvalidMessageException {
      RawEntry entry = new RawEntry();
      Fields.read("Filesystem", bytes, entry::field);
      if (entry.size.isPresent() && entry.size.getAsLong() < 0) {
        throw new InvalidMessageException("Filesystem.UsedBytes: a negative size");
      }
      return entry;
    }

    private void field(Fields field) throws IOException {
      if (field.isText(PATH)) {
        path = field.text();
      } else if (field.isNumber(USED_BYTES)) {
        size = OptionalLong.of(field.number());
      }
    }
  }
}
