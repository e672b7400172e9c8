// The page that lies on top of an exported audit log: what the folder holds and how to check it, for an inspector
// who knows neither Levee nor its makers. English and Chinese.

/** README.txt of the bundle of `study`, whose log is named `origin`. */
export const auditReadme = (study: string, origin: string): string =>
  `${english(study, origin)}

${chinese(study, origin)}`

const english = (study: string, origin: string): string => `Audit log of study ${study}
Log: ${origin}

This folder shows everything that was ever changed in the study's records: who, what, when and why. It can be
checked without the system that wrote it and without trusting the people who run it.

HOW TO CHECK IT
  You need Node.js 20 or newer (https://nodejs.org) and no network:

    node verify-audit.mjs .

  That shows whether the folder is complete and unaltered in itself. Two things kept by yourself make it strong:

    node verify-audit.mjs . --key KEY --checkpoint FILE

  KEY is the log's public key as it was given to you before (one line, or a file with it). The key in this folder
  proves nothing if somebody exchanged the whole folder.
  FILE holds one or more checkpoints that you or somebody independent kept earlier (for example from the daily
  mail). They show that nothing was cut off or rewritten since. Take the verifier itself from a source you trust.

  The answer is "complete and unaltered", or the first entry that breaks, and how. Exit code: 0 sound, 1 broken,
  2 it could not be checked. Add --json for a machine.

WHAT IS IN IT
  entries.jsonl     one entry on each line, the first is entry 0. "before" and "after" are salted commitments
                    (hashes), so the log shows that a value changed without showing what a patient said
  tile/             the hashes of the entries and of the tree above them (https://c2sp.org/tlog-tiles)
  checkpoint        the latest signed state: log, number of entries, root hash (https://c2sp.org/tlog-checkpoint)
  checkpoints.txt   all of them, oldest first. The line "entries N" states that every submission with a log
                    index below N is accounted for
  key.vkey          the public key that signed them (https://c2sp.org/signed-note, Ed25519)
  log.json          the study, the log's name, its size, the time of this export
  verify-audit.mjs  the verifier: one readable file without dependencies
Hashes are SHA-256 as in RFC 6962, so other tools for these open formats can check the folder too.
`

const chinese = (study: string, origin: string): string => `研究 ${study} 的审计日志
日志：${origin}

本文件夹记录了该研究数据的每一次变更：何人、何事、何时、为何。核验时无需使用生成它的系统，也无需信任其运营者。

如何核验
  需要 Node.js 20 或更高版本（https://nodejs.org），无需联网：

    node verify-audit.mjs .

  这会说明本文件夹自身是否完整、未被更改。若您自己留存了以下两样东西，核验会更有力：

    node verify-audit.mjs . --key 公钥 --checkpoint 文件

  公钥：此前交给您的日志公钥（一行文字，或含该行的文件）。若整个文件夹被调换，其中的公钥不能证明任何事情。
  文件：您或独立第三方此前留存的一个或多个检查点（例如来自每日邮件），用于证明此后没有内容被截去或改写。
  核验程序本身也请从您信任的来源获取。

  结果是“完整且未被更改”，或指出第一条出问题的条目及其问题。退出码：0 正常，1 有问题，2 无法核验。
  加 --json 可输出机器可读结果。

内容
  entries.jsonl     每行一个条目，第一行为条目 0。“before”和“after”是加盐承诺（哈希），
                    只表明数值有变更，不透露患者所答内容
  tile/             条目及其上层树的哈希（https://c2sp.org/tlog-tiles）
  checkpoint        最新的签名状态：日志、条目数、根哈希（https://c2sp.org/tlog-checkpoint）
  checkpoints.txt   全部检查点，由旧到新。“entries N”一行声明：日志序号小于 N 的每份提交均已入账
  key.vkey          签名所用的公钥（https://c2sp.org/signed-note，Ed25519）
  log.json          研究、日志名称、条目数、导出时间
  verify-audit.mjs  核验程序：单个可读文件，无任何依赖
哈希为 RFC 6962 规定的 SHA-256，因此支持这些公开格式的其他工具也能核验本文件夹。
`
