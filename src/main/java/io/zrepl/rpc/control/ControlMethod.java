package io.zrepl.rpc.control;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.zrepl.rpc.FailureDetails;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * The calls of the service {@code Replication}. gRPC moves their messages as bytes; package {@code
 * rpc.message} knows what they mean.
 */
enum ControlMethod {
  PING("Ping"),
  LIST_FILESYSTEMS("ListFilesystems"),
  LIST_FILESYSTEM_VERSIONS("ListFilesystemVersions"),
  DESTROY_SNAPSHOTS("DestroySnapshots"),
  REPLICATION_CURSOR("ReplicationCursor"),
  SEND_DRY("SendDry"),
  SEND_COMPLETED("SendCompleted");

  static final String SERVICE = "Replication";

  /** What a job decides by, beside the text of a failure; Go zrepl neither sends nor reads it. */
  static final Metadata.Key<String> FAILURE =
      Metadata.Key.of(FailureDetails.TRAILER, Metadata.ASCII_STRING_MARSHALLER);

  @SuppressWarnings("ImmutableEnumChecker") // immutable, but not marked so
  private final MethodDescriptor<byte[], byte[]> descriptor;

  ControlMethod(String name) {
    descriptor =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(SERVICE + "/" + name)
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
  }

  MethodDescriptor<byte[], byte[]> descriptor() {
    return descriptor;
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes(); // gRPC limits the size of a message
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
