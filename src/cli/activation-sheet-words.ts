// The words of the activation sheet, in the languages of the patient app: short sentences, the app's own terms.

export type SheetWords = {
  readonly title: string
  readonly steps: readonly [string, string, string]
  readonly scan: string
  readonly orOpen: string
  readonly iphone: string
  readonly android: string
  readonly enter: string
  /** `#` stands for the time. */
  readonly until: string
  readonly once: string
  readonly lost: string
  readonly patient: string
  readonly study: string
  readonly site: string
  readonly phone: string
}

export const sheetWords: Readonly<Record<string, SheetWords>> = {
  en: {
    title: 'Your study diary',
    steps: ['Scan', 'Put the diary on your phone', 'Enter your code'],
    scan: 'Point the camera of your phone at the square pattern and tap the link that appears.',
    orOpen: 'Or open this address in the browser of your phone:',
    iphone: 'tap the Share button, then “Add to Home Screen”, then “Add”.',
    android: 'open the menu (three dots), then “Install app” or “Add to Home screen”.',
    enter: 'Open the diary from your home screen and enter this code:',
    until: 'The code works until #.',
    once: 'It works once, on one phone. Capital or small letters make no difference.',
    lost: 'Keep this sheet to yourself. If something does not work, or you get a new phone, call your study site.',
    patient: 'Patient',
    study: 'Study',
    site: 'Site',
    phone: 'Phone',
  },
  zh: {
    title: '您的研究日记',
    steps: ['扫码', '把日记放到手机桌面', '输入您的代码'],
    scan: '用手机的相机对准方形图案，然后点击出现的链接。',
    orOpen: '或者在手机浏览器中打开这个网址：',
    iphone: '点按“分享”按钮，选择“添加到主屏幕”，再点“添加”。',
    android: '打开菜单（三个点），选择“安装应用”或“添加到主屏幕”。',
    enter: '从手机桌面打开日记，输入这个代码：',
    until: '代码有效期至 #。',
    once: '代码只能在一部手机上使用一次，不区分大小写。',
    lost: '请妥善保管本页，不要给别人看。如果遇到问题，或者换了手机，请致电您的研究中心。',
    patient: '患者',
    study: '研究',
    site: '研究中心',
    phone: '电话',
  },
  ar: {
    title: 'يوميات الدراسة الخاصة بك',
    steps: ['امسح الرمز', 'ضع اليوميات على هاتفك', 'أدخل رمزك'],
    scan: 'وجّه كاميرا هاتفك إلى المربع واضغط الرابط الذي يظهر.',
    orOpen: 'أو افتح هذا العنوان في متصفح هاتفك:',
    iphone: 'اضغط زر المشاركة، ثم «إضافة إلى الشاشة الرئيسية»، ثم «إضافة».',
    android: 'افتح القائمة (ثلاث نقاط)، ثم «تثبيت التطبيق» أو «إضافة إلى الشاشة الرئيسية».',
    enter: 'افتح اليوميات من الشاشة الرئيسية وأدخل هذا الرمز:',
    until: 'يعمل الرمز حتى #.',
    once: 'يعمل مرة واحدة على هاتف واحد. لا فرق بين الحروف الكبيرة والصغيرة.',
    lost: 'احتفظ بهذه الورقة لنفسك. إذا لم ينجح شيء ما أو حصلت على هاتف جديد، فاتصل بمركز الدراسة.',
    patient: 'المريض',
    study: 'الدراسة',
    site: 'المركز',
    phone: 'الهاتف',
  },
}
