package io.zrepl.rpc.message;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.util.List;

/** The schema of Go zrepl 0.7, as data for the protobuf library. */
final class ReplicationSchema {
  /**
   * Message, then its fields: number, name, type; {@code *} for repeated, {@code |} for a choice.
   */
  private static final List<String> MESSAGES =
      List.of(
          "ListFilesystemReq",
          "ListFilesystemRes: 1 Filesystems *Filesystem",
          "Filesystem: 1 Path string, 2 ResumeToken string, 3 IsPlaceholder bool",
          "ListFilesystemVersionsReq: 1 Filesystem string",
          "ListFilesystemVersionsRes: 1 Versions *FilesystemVersion",
          "FilesystemVersion: 1 Type enum:VersionType, 2 Name string, 3 Guid uint64, 4 CreateTXG uint64, 5 Creation string",
          "SendReq: 1 Filesystem string, 2 From FilesystemVersion, 3 To FilesystemVersion, 4 ResumeToken string, 6 ReplicationConfig ReplicationConfig",
          "ReplicationConfig: 1 protection ReplicationConfigProtection",
          "ReplicationConfigProtection: 1 Initial enum:ReplicationGuaranteeKind, 2 Incremental enum:ReplicationGuaranteeKind",
          "SendRes: 1 UsedResumeToken bool, 2 ExpectedSize uint64",
          "SendCompletedReq: 2 OriginalReq SendReq",
          "SendCompletedRes",
          "ReceiveReq: 1 Filesystem string, 2 To FilesystemVersion, 3 ClearResumeToken bool, 4 ReplicationConfig ReplicationConfig",
          "ReceiveRes",
          "DestroySnapshotsReq: 1 Filesystem string, 2 Snapshots *FilesystemVersion",
          "DestroySnapshotRes: 1 Snapshot FilesystemVersion, 2 Error string",
          "DestroySnapshotsRes: 1 Results *DestroySnapshotRes",
          "ReplicationCursorReq: 1 Filesystem string",
          "ReplicationCursorRes: 1 Guid |uint64, 2 Notexist |bool",
          "PingReq: 1 Message string",
          "PingRes: 1 Echo string");

  private static final FileDescriptor FILE = file();

  private ReplicationSchema() {}

  static Descriptor message(String name) {
    return FILE.findMessageTypeByName(name);
  }

  private static FileDescriptor file() {
    FileDescriptorProto.Builder file =
        FileDescriptorProto.newBuilder()
            .setName("pdu.proto")
            .setSyntax("proto3")
            .addEnumType(enumeration("VersionType", "Snapshot", "Bookmark"))
            .addEnumType(
                enumeration(
                    "ReplicationGuaranteeKind",
                    "GuaranteeInvalid",
                    "GuaranteeResumability",
                    "GuaranteeIncrementalReplication",
                    "GuaranteeNothing"));
    MESSAGES.forEach(message -> file.addMessageType(message(message.split(": ", 2))));
    try {
      return FileDescriptor.buildFrom(file.build(), new FileDescriptor[0]);
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static EnumDescriptorProto enumeration(String name, String... values) {
    EnumDescriptorProto.Builder builder = EnumDescriptorProto.newBuilder().setName(name);
    for (int i = 0; i < values.length; i++) {
      builder.addValue(EnumValueDescriptorProto.newBuilder().setName(values[i]).setNumber(i));
    }
    return builder.build();
  }

  private static DescriptorProto message(String[] nameAndFields) {
    DescriptorProto.Builder message = DescriptorProto.newBuilder().setName(nameAndFields[0]);
    if (nameAndFields.length == 1) {
      return message.build();
    }
    for (String field : nameAndFields[1].split(", ", -1)) {
      String[] words = field.split(" ", -1);
      String type = words[2].replaceAll("[*|]", "");
      FieldDescriptorProto.Builder builder =
          FieldDescriptorProto.newBuilder()
              .setNumber(Integer.parseInt(words[0]))
              .setName(words[1])
              .setLabel(
                  words[2].startsWith("*")
                      ? FieldDescriptorProto.Label.LABEL_REPEATED
                      : FieldDescriptorProto.Label.LABEL_OPTIONAL);
      switch (type) {
        case "string" -> builder.setType(FieldDescriptorProto.Type.TYPE_STRING);
        case "bool" -> builder.setType(FieldDescriptorProto.Type.TYPE_BOOL);
        case "uint64" -> builder.setType(FieldDescriptorProto.Type.TYPE_UINT64);
        default ->
            builder
                .setType(
                    type.startsWith("enum:")
                        ? FieldDescriptorProto.Type.TYPE_ENUM
                        : FieldDescriptorProto.Type.TYPE_MESSAGE)
                .setTypeName(type.replace("enum:", ""));
      }
      if (words[2].startsWith("|")) {
        if (message.getOneofDeclCount() == 0) {
          message.addOneofDecl(OneofDescriptorProto.newBuilder().setName("Result"));
        }
        builder.setOneofIndex(0);
      }
      message.addField(builder);
    }
    return message.build();
  }
}
