// SPDX-License-Identifier: ISC
//
// A member that lives in ts-mls 1.6.4. The same verbs as driver.mjs, so that a
// schedule does not know whom it talks to. Handshake messages may be public or
// private, proposals by value or by reference, the tree inside the Welcome or
// beside it.
//
// limits.mjs says what the peer lacks; what stands in for it here:
// - It keeps no private key for an own Update proposal: we build the leaf and
//   hand the key in when a commit covers it (recv).
// - Its external_pub extension is the bare key: info and enter put that right.
// - It does not notice its removal when a new member takes its leaf in the same
//   commit: recv looks for the Remove itself.

import * as mls from "ts-mls";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import {
  decodeVarLenData,
  varLenDataEncoder,
} from "ts-mls/codec/variableLength.js";
import { createGroupInfo } from "ts-mls/createCommit.js";
import { signWithLabel } from "ts-mls/crypto/signature.js";
import { extensionTypeToNumber } from "ts-mls/extension.js";
import { leafNodeTBSEncoder } from "ts-mls/leafNode.js";
import { decodeRatchetTree, ratchetTreeEncoder } from "ts-mls/ratchetTree.js";
import { defaultClientConfig } from "ts-mls/clientConfig.js";

export const hex = (b) => Buffer.from(b).toString("hex");
export const unhex = (s) => new Uint8Array(Buffer.from(s, "hex"));

const suiteImpl = new Map();

const SUITES = {
  3: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
  84: "MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519",
};

export const EXTENSION = 0xff01; // ours, private use, in all capabilities

async function implOf(suite) {
  if (!suiteImpl.has(suite)) {
    const row = mls.getCiphersuiteFromName(SUITES[suite]);
    const provider = mls.defaultCryptoProvider;
    suiteImpl.set(suite, await mls.getCiphersuiteImpl(row, provider));
  }
  return suiteImpl.get(suite);
}

export function whole(decode, text, what) {
  const bytes = unhex(text);
  const got = decode(bytes, 0);
  if (got === undefined || got[1] !== bytes.length)
    throw new Error(`ts-mls can't decode a ${what}`);
  return got[0];
}

function message(text, wireformat) {
  const m = whole(mls.decodeMlsMessage, text, "MLSMessage");
  if (wireformat !== undefined && m.wireformat !== wireformat)
    throw new Error(`expected ${wireformat}, got ${m.wireformat}`);
  return m;
}

const framed = (wireformat, body) =>
  hex(mls.encodeMlsMessage({ version: "mls10", wireformat, ...body }));

// What ts-mls finds as external_pub is the bare key; what is signed stays.
function unwrapExternalPub(extensions) {
  const find = Array.prototype.find;
  extensions.find = (f) => {
    const e = find.call(extensions, f);
    if (e?.extensionType !== "external_pub") return e;
    const [extensionData] = decodeVarLenData(e.extensionData, 0);
    return { ...e, extensionData };
  };
}

export class TsMember {
  kind = "ts";
  needsHelpWithPath = true;
  seesWholeWelcome = false;

  constructor(name, suite, random) {
    this.name = name;
    this.suite = suite;
    this.random = random;
    this.psks = {};
    this.update = undefined; // { ref, publicKey, privateKey } of our proposal
    this.pending = undefined; // the state after our own, unsent commit
  }

  async start() {
    this.cs = await implOf(this.suite);
    this.keys = await this.cs.signature.keygen();
  }

  // Unknown values ("grease") must not disturb anybody.
  capabilities() {
    const c = mls.defaultCapabilities();
    return { ...c, extensions: [...c.extensions, EXTENSION] };
  }

  async kp() {
    const now = BigInt(Math.floor(Date.now() / 1000));
    const made = await mls.generateKeyPackageWithKey(
      { credentialType: "basic", identity: Buffer.from(this.name) },
      this.capabilities(),
      { notBefore: now - 3600n, notAfter: now + 86400n * 90n },
      [],
      { signKey: this.keys.signKey, publicKey: this.keys.publicKey },
      this.cs,
    );
    this.package = made;
    const keyPackage = made.publicPackage;
    return framed("mls_key_package", { keyPackage });
  }

  async create(groupId) {
    await this.kp();
    this.now = await mls.createGroup(
      unhex(groupId),
      this.package.publicPackage,
      this.package.privatePackage,
      [],
      this.cs,
    );
  }

  async psk(id, secret) {
    this.psks[mls.bytesToBase64(unhex(id))] = unhex(secret);
  }

  pskIndex() {
    return mls.makePskIndex(this.now, this.psks);
  }

  async proposal(p) {
    switch (p.kind) {
      case "add": {
        const { keyPackage } = message(p.kp, "mls_key_package");
        return { proposalType: "add", add: { keyPackage } };
      }
      case "remove":
        return { proposalType: "remove", remove: { removed: p.leaf } };
      case "psk": {
        const preSharedKeyId = {
          psktype: "external",
          pskId: unhex(p.id),
          pskNonce: this.cs.rng.randomBytes(this.cs.kdf.size),
        };
        return { proposalType: "psk", psk: { preSharedKeyId } };
      }
      case "resume": {
        const preSharedKeyId = {
          psktype: "resumption",
          usage: "application",
          pskGroupId: this.now.groupContext.groupId,
          pskEpoch: BigInt(p.epoch),
          pskNonce: this.cs.rng.randomBytes(this.cs.kdf.size),
        };
        return { proposalType: "psk", psk: { preSharedKeyId } };
      }
      case "reinit": {
        const reinit = {
          groupId: unhex(p.groupId),
          version: "mls10",
          cipherSuite: SUITES[p.suite],
          extensions: [],
        };
        return { proposalType: "reinit", reinit };
      }
      case "gce": {
        const extensions = p.extensions.map(([extensionType, data]) => ({
          extensionType,
          extensionData: unhex(data),
        }));
        const groupContextExtensions = { extensions };
        const proposalType = "group_context_extensions";
        return { proposalType, groupContextExtensions };
      }
      case "update":
        return await this.updateProposal();
    }
    throw new Error(`no proposal ${p.kind}`);
  }

  async updateProposal() {
    const pair = await this.cs.hpke.generateKeyPair();
    const publicKey = await this.cs.hpke.exportPublicKey(pair.publicKey);
    const privateKey = await this.cs.hpke.exportPrivateKey(pair.privateKey);
    const { leafIndex } = this.now.privatePath;
    const old = this.now.ratchetTree[2 * leafIndex].leaf;
    const tbs = {
      leafNodeSource: "update",
      hpkePublicKey: publicKey,
      signaturePublicKey: old.signaturePublicKey,
      credential: old.credential,
      capabilities: old.capabilities,
      extensions: old.extensions,
      groupId: this.now.groupContext.groupId,
      leafIndex,
    };
    const signature = await signWithLabel(
      this.keys.signKey,
      "LeafNodeTBS",
      encode(leafNodeTBSEncoder)(tbs),
      this.cs.signature,
    );
    this.update = { publicKey: hex(publicKey), privateKey };
    const leafNode = { ...tbs, signature };
    return { proposalType: "update", update: { leafNode } };
  }

  async propose(wire, p) {
    const got = await mls.createProposal(
      this.now,
      wire === "public",
      await this.proposal(p),
      this.cs,
    );
    this.now = got.newState;
    return hex(mls.encodeMlsMessage(got.message));
  }

  async commit(wire, list, { tree = true } = {}) {
    const extraProposals = [];
    for (const p of list) extraProposals.push(await this.proposal(p));
    const context = {
      state: this.now,
      cipherSuite: this.cs,
      pskIndex: this.pskIndex(),
    };
    const got = await mls.createCommit(context, {
      wireAsPublicMessage: wire === "public",
      extraProposals,
      ratchetTreeExtension: tree,
    });
    this.pending = got.newState;
    const welcome =
      got.welcome && framed("mls_welcome", { welcome: got.welcome });
    return { commit: hex(mls.encodeMlsMessage(got.commit)), welcome };
  }

  async merge() {
    this.now = this.pending;
    this.pending = undefined;
    this.update = undefined;
  }

  async drop() {
    this.pending = undefined;
  }

  async process(state, m, callback) {
    return m.wireformat === "mls_public_message"
      ? await mls.processPublicMessage(
          state,
          m.publicMessage,
          this.pskIndex(),
          this.cs,
          callback,
        )
      : await mls.processPrivateMessage(
          state,
          m.privateMessage,
          this.pskIndex(),
          this.cs,
          callback,
        );
  }

  // Looks at what a message is before it is let in: an own Update in a commit
  // needs its private key first.
  async recv(text) {
    const m = message(text);
    let seen;
    const peek = await this.process(this.now, m, (what) => {
      seen = what;
      return "reject";
    });
    if (seen === undefined) {
      this.now = peek.newState;
      return { kind: "message", data: hex(peek.message) };
    }
    let state = this.now;
    if (seen.kind === "commit" && this.update !== undefined)
      state = this.withUpdate(seen.proposals) ?? state;
    if (seen.kind === "commit" && this.namedIn(seen.proposals)) {
      this.now = { ...state, groupActiveState: { kind: "removedFromGroup" } };
      return { kind: "removed" };
    }
    const got = await this.process(state, m, () => "accept");
    this.now = got.newState;
    if (seen.kind === "proposal") return { kind: "proposal" };
    this.update = undefined;
    return { kind: "commit" };
  }

  namedIn(proposals) {
    return proposals.some(
      ({ proposal: p }) =>
        p.proposalType === "remove" &&
        p.remove.removed === this.now.privatePath.leafIndex,
    );
  }

  withUpdate(proposals) {
    const mine = proposals.some(
      ({ proposal: p }) =>
        p.proposalType === "update" &&
        hex(p.update.leafNode.hpkePublicKey) === this.update.publicKey,
    );
    if (!mine) return undefined;
    const path = this.now.privatePath;
    const privateKeys = { ...path.privateKeys };
    privateKeys[2 * path.leafIndex] = this.update.privateKey;
    return { ...this.now, privatePath: { ...path, privateKeys } };
  }

  // The suite of the next KeyPackage; the signature key stays.
  async take(suite) {
    this.suite = suite;
    this.cs = await implOf(suite);
  }

  // The new group of a branch or reinit, with its first commit
  async link(usage, groupId, packages) {
    await this.kp();
    const { publicPackage, privatePackage } = this.package;
    const mine = [this.now, publicPackage, privatePackage];
    const added = packages.map((p) => message(p, "mls_key_package").keyPackage);
    const id = unhex(groupId);
    const got =
      usage === "branch"
        ? await mls.branchGroup(...mine, added, id, this.cs)
        : await mls.reinitCreateNewGroup(
            ...mine,
            added,
            id,
            SUITES[this.suite],
            [],
          );
    this.now = got.newState;
    const welcome = framed("mls_welcome", { welcome: got.welcome });
    return { welcome, tree: await this.tree() };
  }

  // `linked`: the new group continues the one we are in.
  async join(welcome, tree, linked = false) {
    const old = linked ? this.now : undefined;
    this.now = await mls.joinGroup(
      message(welcome, "mls_welcome").welcome,
      this.package.publicPackage,
      this.package.privatePackage,
      mls.makePskIndex(old, this.psks),
      this.cs,
      tree && whole(decodeRatchetTree, tree, "ratchet tree"),
      old,
      defaultClientConfig,
    );
  }

  async tree() {
    return hex(encode(ratchetTreeEncoder)(this.now.ratchetTree));
  }

  async info() {
    const { groupContext, confirmationTag, ratchetTree, keySchedule } = this.now;
    const pair = await this.cs.hpke.deriveKeyPair(keySchedule.externalSecret);
    const key = await this.cs.hpke.exportPublicKey(pair.publicKey);
    const extensions = [
      {
        extensionType: "external_pub",
        extensionData: encode(varLenDataEncoder)(key),
      },
      {
        extensionType: "ratchet_tree",
        extensionData: encode(ratchetTreeEncoder)(ratchetTree),
      },
    ];
    const groupInfo = await createGroupInfo(
      groupContext,
      confirmationTag,
      this.now,
      extensions,
      this.cs,
    );
    return framed("mls_group_info", { groupInfo });
  }

  async enter(info, resync) {
    await this.kp();
    const { groupInfo } = message(info, "mls_group_info");
    unwrapExternalPub(groupInfo.extensions);
    const got = await mls.joinGroupExternal(
      groupInfo,
      this.package.publicPackage,
      this.package.privatePackage,
      resync,
      this.cs,
    );
    this.now = got.newState;
    const { publicMessage } = got;
    return framed("mls_public_message", { publicMessage });
  }

  async send(data) {
    const got = await mls.createApplicationMessage(
      this.now,
      unhex(data),
      this.cs,
    );
    this.now = got.newState;
    const { privateMessage } = got;
    return framed("mls_private_message", { privateMessage });
  }

  async state() {
    const { groupContext: c, keySchedule: k, privatePath } = this.now;
    return {
      epoch: Number(c.epoch),
      authenticator: hex(k.epochAuthenticator),
      leaf: privatePath.leafIndex,
    };
  }

  async exporter(label, context, n) {
    const secret = this.now.keySchedule.exporterSecret;
    const bytes = unhex(context);
    return hex(await mls.mlsExporter(secret, label, bytes, n, this.cs));
  }

  // "leaf:name" of each member, and each extension of the group as "type:hex"
  async roster() {
    const leaves = this.now.ratchetTree.flatMap((n, i) =>
      n?.nodeType === "leaf"
        ? [`${i / 2}:${Buffer.from(n.leaf.credential.identity)}`]
        : [],
    );
    const extensions = this.now.groupContext.extensions.map(
      (e) => `${extensionTypeToNumber(e.extensionType)}=${hex(e.extensionData)}`,
    );
    return [...leaves, ...extensions].join(" ");
  }

  // Through bytes and back: the state of ts-mls survives a restart too.
  async reload() {
    const bytes = mls.encodeGroupState(this.now);
    const [state] = mls.decodeGroupState(bytes, 0);
    this.now = { ...state, clientConfig: defaultClientConfig };
  }
}
