"""What Chinese papers customarily do with foreign words: which they translate, and which they leave. Tables only.

Written by hand, with an eye on what earlier systems' translations of 23,000 sentences and titles did; an entry that
is missing makes a check stricter, never blind.
"""

_RENDERINGS = """
1d 一维 1维 | 2d 二维 2维 平面 | 2.5d 2.5维 | 3d 三维 3维 立体 | 4d 四维 4维 | 5g 第五代 | 6g 第六代 | abm 智能体 主体
ad 阿尔茨海默 阿尔兹海默 自动微分 异常检测 | ae 自编码 | agi 通用人工智能 | ai 人工智能 智能 | aigc 生成 | aiot 物联网
al 主动学习 | ann 神经网络 最近邻 | api 接口 | ar 增强现实 自回归 | arxiv 预印本 | asd 自闭症 孤独症 | asr 语音识别
auc 曲线下面积 | autoencoder 自编码 | auv 水下 | av 自动驾驶 视听 | bbo 黑盒 黑箱 | bci 脑机接口 | bn 贝叶斯网络 归一化
bnn 贝叶斯神经网络 | bo 贝叶斯优化 | ceo 首席执行 | ci 置信区间 持续集成 | cl 持续学习 课程学习 | cnn 卷积
co 一氧化碳 | co2 二氧化碳 | covid 新冠 冠状 | covid19 新冠 冠状 | cs 计算机 | ct 断层 | ctr 点击率
cv 计算机视觉 交叉验证 | da 数据增强 域适应 领域适应 数据同化 | db 数据库 | deepfake 深度伪造 换脸 | dft 密度泛函
dl 深度学习 | dm 暗物质 扩散模型 | dna 脱氧核糖 | dnn 神经网络 | dns 域名 | dof 自由度 | dp 差分隐私 动态规划
drl 强化学习 | ea 进化算法 | ec 进化计算 演化计算 | ecg 心电 | ed 急诊 | eeg 脑电 | ehr 病历 健康记录 | emg 肌电
eu 欧盟 欧洲 | euv 极紫外 | ev 电动 | faq 常见问题 | fem 有限元 | ffn 前馈 | fl 联邦学习 联合学习 | ga 遗传算法
gan 对抗网络 | gcn 图卷积 | gd 梯度下降 | gdp 国内生产总值 | github 代码库 | gnn 图神经 | gp 高斯过程 | gps 定位
gpu 图形处理 显卡 | h2 氢 | h2o 水 | hci 人机交互 | hiv 艾滋 | hpc 高性能计算 | hr 人力资源 高分辨 | hvac 暖通 空调
icl 上下文学习 | icu 重症 | id 标识 身份 分布内 | ids 入侵检测 | iid 独立同分布 | imu 惯性 | iot 物联网 | ip 知识产权
iphone 苹果 | ir 红外 信息检索 | it 信息技术 | its 智能交通 | iv 工具变量 静脉 | kb 知识库 | kd 蒸馏 | kg 知识图谱
knn 近邻 | la 洛杉矶 | lidar 激光雷达 | linkedin 领英 | llm 语言模型 大模型 | lm 语言模型 | lp 线性规划 | lstm 长短
marl 强化学习 | mas 多智能体 | mcmc 马尔可夫 马尔科夫 | md 分子动力学 | mdp 马尔可夫 马尔科夫 | mi 互信息
mimo 多输入 | ml 机器学习 | mle 最大似然 | mlp 感知机 感知器 | mmwave 毫米波 | moe 专家混合 混合专家
mr 磁共振 混合现实 | mri 磁共振 核磁 | ms 质谱 多发性硬化 | mse 均方误差 | mt 机器翻译 | n2 氮 | nacl 氯化钠
nas 架构搜索 结构搜索 | nasa 宇航局 航天局 | nato 北约 | ner 命名实体 | nft 非同质化 | nir 近红外 | nlg 语言生成
nli 语言推理 语言推断 | nlp 语言处理 | nlu 语言理解 | nmt 机器翻译 | nn 神经网络 | nyc 纽约 | o2 氧
ocr 字符识别 文字识别 | ode 常微分 | ok 好 | ood 分布外 域外 离群 外部分布 超出分布 | os 操作系统 | ot 最优传输 运输
pac 近似正确 | pc 电脑 计算机 | pca 主成分 | pde 偏微分 | phd 博士 | pinn 物理信息 | pm 颗粒 | pomdp 马尔可夫 马尔科夫
pos 词性 | qa 问答 | qft 量子场论 | rag 检索增强 | rct 随机对照 | rdd 断点 | re 关系抽取 | rf 射频 随机森林 | rgb 彩色
rl 强化学习 | rna 核糖 | rnn 循环神经 | roi 感兴趣区域 | sar 合成孔径 | sars 非典 冠状 | sd 标准差 | sde 随机微分
sgd 随机梯度 | sim2real 仿真 模拟 | slam 定位与 | snn 脉冲神经 | sota 最先进 最新 先进 最好 最佳 领先 | sql 查询语言
sr 超分辨 | ssl 自监督 半监督 | stem 理工 | svd 奇异值 | svm 支持向量 | tb 结核 | text2image 文本到图像 文生图
thz 太赫兹 | tio2 二氧化钛 | tts 语音合成 文本到语音 文本转语音 | tv 电视 全变分 总变差 | uav 无人机 | ugv 地面车
ui 界面 | uk 英国 | un 联合国 | us 美国 美 | usa 美国 | usd 美元 | uuv 水下 | uv 紫外 | vae 变分自编码
vc 风险投资 风投 | vl 视觉 | vlm 语言模型 | vqa 视觉问答 | vr 虚拟现实 | wer 词错误 字错误 词错率
who 世卫 世界卫生 | wifi 无线 | xai 可解释 | xr 扩展现实 | youtube 油管
"""

RENDERINGS = {
    name: renderings
    for line in _RENDERINGS.strip().splitlines()
    for name, *renderings in (entry.split() for entry in line.split("|"))
}
"""Acronyms and names, in lower case, that are as often translated as left, and how one sees that they were."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LOANWORDS = _words("""
token tokens tokenizer tokenizers softmax softmin sparsemax argmax argmin transformer transformers dropout logit logits
logistic lasso copula copulas spline splines jackknife bootstrap bandit bandits boosting bagging prompt prompts
embedding embeddings backbone epoch epochs batch minibatch checkpoint pipeline agent agents oracle oracles hinge shot
shots tanh relu sigmoid vivo vitro silico situ novo priori posteriori initio facto versus python java javascript rust
docker linux bash shell kernel kernels wiki wifi email blog blogs emoji emojis meme memes podcast podcasts mixup cutmix
qubit qubits qudit qudits qutrit qutrits anyon anyons beta alpha gamma delta sigma lambda theta omega epsilon lora
adapter adapters encoder decoder voxel voxels notebook notebooks plugin plugins torch numpy pytorch scikit pandas
patch patches head heads loss mask masks jailbreak dice slate cine conformer gazebo spin flavor
""")
"""Lower-case English words that Chinese papers leave in their sentences."""

CUSTOMARY = _words("""
ai ml nlp llm llms gpu gpus cpu cpus cnn rnn gan gnn dna rna api app apps web wifi iot pca svm vae mlp lstm transformer
token tokens prompt softmax gps mri http https www arxiv github phd iid sota rgb lidar usb ram pdf url html email etc
vs bert gpt top max min log exp sin cos bug auc roc ode pde sde qubit mrna sql json xml csv mse rmse mae graph jeffreys
""")
"""Latin words, in lower case, that a translator may write though the source has them not."""

NO_NAMES = _words("""
a an the and or not no all any both but by do for from if in into is it its of on only one that this to under up very
we what when where which while who why will with you your ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xx am pm ad bc
""")
"""What stands in capitals for weight, or is a numeral, in lower case."""
